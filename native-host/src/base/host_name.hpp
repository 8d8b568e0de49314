// The normal form of host names, which identify tenants. Applied to the configuration's keys and
// aliases and to each Host header, so that two names are either equal or different.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Lower case, without port and one trailing dot. Nullopt unless `host` is `reg-name [":" port]` of
/// letters, digits, '-', '_' and '.', or a bracketed IPv6 literal (RFC 9110, section 7.2, and RFC
/// 3986, section 3.2.2, narrowed), of at most 253 bytes. Percent-encoding, user info, empty labels
/// and non-ASCII are rejected (write xn-- names).
std::optional<std::string> normalize_host(std::string_view host);

/// The same for a configured name, which has no port.
std::optional<std::string> normalize_host_name(std::string_view host);

/// For a normalised host: localhost, a name below it (RFC 6761, section 6.3), or 127.0.0.1.
bool is_local_name(std::string_view host);

/// For a listen address: whether only this machine can reach it (127.0.0.0/8, ::1, localhost).
bool is_loopback(const std::string& address);

}  // namespace portcullis::bff
