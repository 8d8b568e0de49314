// Header fields as wire text, in the order they were added. append_header() makes values safe (no
// byte can end the line). Names must be tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "http/response.hpp"

namespace portcullis::bff {

/// A list of header lines.
class HeaderLines {
 public:
  /// Adds a field; duplicates are kept.
  void insert(std::string_view name, std::string_view value) { append_header(text_, name, value); }

  /// "Name: value\r\n" per field.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// The first value of this name; "" if absent. Case-insensitive. Linear.
  [[nodiscard]] std::string_view operator[](std::string_view name) const noexcept {
    std::string_view found;
    each([&](std::string_view each_name, std::string_view value) {
      if (found.data() == nullptr && iequals(each_name, name)) found = value;
    });
    return found;
  }
  /// The number of fields of this name. Linear.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept {
    std::size_t n = 0;
    each([&](std::string_view each_name, std::string_view) {
      n += iequals(each_name, name) ? 1 : 0;
    });
    return n;
  }
  /// Calls `visit` with each name and value.
  template <typename Visit>
  void each(Visit visit) const {
    for (std::string_view rest = text_; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\r'));
      rest.remove_prefix(line.size() + 2);
      const std::size_t colon = line.find(':');
      visit(line.substr(0, colon), line.substr(colon + 2));
    }
  }

 private:
  std::string text_;
};

}  // namespace portcullis::bff
