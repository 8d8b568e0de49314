// A request's head, as views into the bytes that were received. What it says is not believed yet:
// the target is raw, the Host may be anybody's. head_parser.hpp makes it; enforce/ judges it.
//
// The views live as long as the connection keeps the head, which is until the exchange ends or
// Exchange::forget_request().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"

namespace portcullis::bff {

struct HeaderField {
  std::string_view name;   ///< as received
  std::string_view value;  ///< without white space around it
};

struct Request {
  std::string_view method;  ///< a token, case as received
  /// Origin-form, or "*"; of an absolute-form target what follows its authority, as received.
  std::string_view target;
  std::string_view host;  ///< the one Host field; its form is checked (host_name.hpp)
  std::string host_name;  ///< the same in normal form, without its port; empty where none is needed
  int version = 11;       ///< 10 or 11
  std::vector<HeaderField> fields;

  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool expect_continue = false;
  bool keep_alive = true;

  [[nodiscard]] bool has_body() const noexcept {
    return chunked || (content_length && *content_length > 0);
  }

  [[nodiscard]] std::size_t count(std::string_view name) const noexcept {
    std::size_t n = 0;
    for (const HeaderField& field : fields) n += iequals(field.name, name) ? 1 : 0;
    return n;
  }
  /// The first field of this name, or "". Only for fields whose repetition does no harm.
  [[nodiscard]] std::string_view first(std::string_view name) const noexcept {
    for (const HeaderField& field : fields) {
      if (iequals(field.name, name)) return field.value;
    }
    return {};
  }
  /// The value when there is exactly one field of this name. Two servers may pick different ones of
  /// two, so what decides anything is read by this.
  [[nodiscard]] std::optional<std::string_view> single(std::string_view name) const noexcept {
    std::optional<std::string_view> found;
    for (const HeaderField& field : fields) {
      if (!iequals(field.name, name)) continue;
      if (found) return std::nullopt;
      found = field.value;
    }
    return found;
  }
};

/// Methods that ask for nothing to change (RFC 9110, 9.2.1). Every other needs the CSRF proofs.
[[nodiscard]] constexpr bool is_safe_method(std::string_view method) noexcept {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

}  // namespace portcullis::bff
