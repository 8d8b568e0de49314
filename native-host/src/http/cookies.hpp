// The session cookie, in both directions (RFC 6265bis).
//
// The name's prefix makes the browser itself refuse the cookie unless it is Secure, has Path=/ and
// no Domain, so that neither a sibling host nor plain HTTP can plant one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace portcullis::bff {

inline constexpr std::string_view kSessionCookie = "__Host-portcullis";

/// The session cookie's value. Nothing when it is absent, or there twice with different values (a
/// reader that picks one of two can be made to pick the attacker's).
[[nodiscard]] std::optional<std::string_view> session_cookie(const Request& request);

/// Value of Set-Cookie: HttpOnly; Secure; SameSite=Lax; Path=/.
[[nodiscard]] std::string set_session_cookie(std::string_view value);
/// Value of Set-Cookie that removes it.
[[nodiscard]] std::string clear_session_cookie();

}  // namespace portcullis::bff
