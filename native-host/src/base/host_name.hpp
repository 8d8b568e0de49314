// A tenant is named by the host it is reached at; this is the one normal form of such names.
//
// Used for the keys and aliases of the configuration and for the Host header of each request, so
// that the two can only be equal or different, never "almost equal".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Lower case, without port and without one trailing dot. Nothing when `host` is not
/// `reg-name [":" port]` of letters, digits, '-', '_' and '.', or a bracketed IPv6 literal
/// (RFC 9110 section 7.2, RFC 3986 section 3.2.2, narrowed), or is longer than 253 bytes.
/// Percent-encoding, user info, empty labels and non-ASCII are refused (write xn-- names).
std::optional<std::string> normalize_host(std::string_view host);

/// The same for a name in the configuration, which has no port.
std::optional<std::string> normalize_host_name(std::string_view host);

/// Of a normalised host: localhost, what is below it (RFC 6761, section 6.3), and 127.0.0.1.
bool is_local_name(std::string_view host);

/// Of an address to listen on: only this machine reaches it (127.0.0.0/8, ::1, localhost).
bool is_loopback(const std::string& address);

}  // namespace portcullis::bff
