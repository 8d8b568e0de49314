// nlohmann/json as the reference for the core's own reader.
//
// In its own inline namespace and without exceptions: other code in the same binary may configure
// the library differently, and two definitions of one type would let the linker pick either.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#define JSON_NOEXCEPTION
#define JSON_USE_IMPLICIT_CONVERSIONS 0
#define JSON_NO_IO
#define NLOHMANN_JSON_NAMESPACE nlohmann::portcullis_reference
#define NLOHMANN_JSON_NAMESPACE_BEGIN \
  namespace nlohmann {                \
  inline namespace portcullis_reference {
#define NLOHMANN_JSON_NAMESPACE_END \
  }                                 \
  }
#include <nlohmann/json.hpp>

#include "json.hpp"

namespace portcullis {

/// Reads a text and rewrites it compactly, keeping the spelling of numbers.
class ReferenceJson {
 public:
  /// Whether the text is JSON of at most `max_depth` levels; sets `compact`.
  static bool read(std::string_view text, std::size_t max_depth, std::string& compact) {
    // nlohmann takes NUL for the end of the text.
    if (text.find('\0') != std::string_view::npos) return false;
    ReferenceJson handler(max_depth);
    if (!nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &handler)) return false;
    compact = handler.writer_.take();
    return true;
  }

  bool null() { return wrote(writer_.null()); }
  bool boolean(bool value) { return wrote(writer_.boolean(value)); }
  bool number_integer(std::int64_t value) { return integer(value); }
  bool number_unsigned(std::uint64_t value) { return integer(value); }
  bool number_float(double /*value*/, const std::string& text) { return wrote(writer_.raw(text)); }
  bool string(const std::string& text) { return wrote(writer_.string(text)); }
  template <typename Binary>
  bool binary(const Binary& /*value*/) {
    return false;  // only used by binary formats
  }
  bool key(const std::string& text) { return wrote(writer_.key(text)); }
  bool start_object(std::size_t /*size*/) {
    writer_.begin_object();
    return ++depth_ <= max_depth_;
  }
  bool start_array(std::size_t /*size*/) {
    writer_.begin_array();
    return ++depth_ <= max_depth_;
  }
  bool end_object() {
    --depth_;
    return wrote(writer_.end_object());
  }
  bool end_array() {
    --depth_;
    return wrote(writer_.end_array());
  }
  template <typename Exception>
  bool parse_error(std::size_t /*byte*/, const std::string& /*token*/, const Exception& /*what*/) {
    return false;
  }

 private:
  explicit ReferenceJson(std::size_t max_depth) : max_depth_(max_depth) {}
  static bool wrote(const json::Writer& /*writer*/) { return true; }
  template <typename Integer>
  bool integer(Integer value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return wrote(writer_.raw({digits, static_cast<std::size_t>(end - digits)}));
  }

  json::Writer writer_;
  std::size_t max_depth_;
  std::size_t depth_ = 0;
};

}  // namespace portcullis
