// IP addresses in one normal form, so that a client has one name in counters, logs and upstream
// headers.
//
// IPv4-mapped IPv6 (::ffff:a.b.c.d, as dual-stack sockets report it) becomes IPv4. Zone ids are
// dropped: they are local to a machine. Other addresses keep their family: NAT64 (64:ff9b::/96),
// 6to4 and Teredo stay IPv6; only network_of() and site_of() look inside.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// The normal form of an address; nullopt for any other text, surrounding characters included.
[[nodiscard]] std::optional<std::string> normalize_ip(std::string_view text);

/// Parses an address as proxies write it in X-Forwarded-For and Forwarded: optionally quoted,
/// bracketed and with a port. Nullopt for `unknown`, obfuscated names and invalid text.
[[nodiscard]] std::optional<std::string> parse_forwarded_node(std::string_view text);

/// The network of one customer, as a key for counting: an IPv4 address, or the first 64 bits of an
/// IPv6 address. Where many clients share those bits, the part that distinguishes them: the
/// embedded IPv4 address of NAT64 and 6to4, the whole Teredo address. Text that is not an address
/// is returned unchanged.
[[nodiscard]] std::string network_of(std::string_view ip);

/// The network of one site: the first 48 bits of an IPv6 address, otherwise network_of(). Quotas
/// count by site, because one customer can easily obtain 65,536 networks.
[[nodiscard]] std::string site_of(std::string_view ip);

}  // namespace portcullis::bff
