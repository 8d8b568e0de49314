// The session cookie, in both directions (RFC 6265bis). Because of the name's prefix, browsers
// accept it only with Secure, Path=/ and no Domain, so neither a sibling host nor plain HTTP can
// set it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace portcullis::bff {

/// The cookie's name.
inline constexpr std::string_view kSessionCookie = "__Host-portcullis";

/// The session cookie's value. Nullopt if absent, or present with two different values (picking one
/// could pick an attacker's).
[[nodiscard]] std::optional<std::string_view> session_cookie(const Request& request);

/// The Set-Cookie value: HttpOnly; Secure; SameSite=Lax; Path=/.
[[nodiscard]] std::string set_session_cookie(std::string_view value);
/// The Set-Cookie value that deletes the cookie.
[[nodiscard]] std::string clear_session_cookie();

}  // namespace portcullis::bff
