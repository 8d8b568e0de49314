// A request's head as views into the received bytes. Not validated against policy: the target is
// raw and the Host unverified. head_parser.hpp creates it; enforce/ judges it.
//
// The views are valid while the connection keeps the head: until the exchange ends or
// Exchange::forget_request().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"

namespace portcullis::bff {

/// One header field.
struct HeaderField {
  std::string_view name;   ///< as received
  std::string_view value;  ///< without surrounding white space
};

/// A parsed request head.
struct Request {
  std::string_view method;  ///< a token, case as received
  /// Origin-form or "*"; for absolute-form the part after the authority, as received.
  std::string_view target;
  std::string_view host;  ///< the single Host field; syntactically valid (host_name.hpp)
  std::string host_name;  ///< the same in normal form, without port; empty if no Host is needed
  int version = 11;       ///< 10 or 11
  std::vector<HeaderField> fields;

  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool expect_continue = false;
  bool keep_alive = true;

  /// Whether a body follows.
  [[nodiscard]] bool has_body() const noexcept {
    return chunked || (content_length && *content_length > 0);
  }

  /// The number of fields of this name; case-insensitive.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept {
    std::size_t n = 0;
    for (const HeaderField& field : fields) n += iequals(field.name, name) ? 1 : 0;
    return n;
  }
  /// The first field of this name; "" if absent. Only for fields whose repetition is harmless.
  [[nodiscard]] std::string_view first(std::string_view name) const noexcept {
    for (const HeaderField& field : fields) {
      if (iequals(field.name, name)) return field.value;
    }
    return {};
  }
  /// The value if there is exactly one field of this name. Use it for every decision: servers may
  /// pick different ones of two.
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

/// Whether the method is safe (RFC 9110, section 9.2.1). All others need CSRF proofs.
[[nodiscard]] constexpr bool is_safe_method(std::string_view method) noexcept {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

}  // namespace portcullis::bff
