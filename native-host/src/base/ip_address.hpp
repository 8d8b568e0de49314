// IP addresses in one normal form, so that a client is counted, logged and told to upstreams under
// one name however its address was written.
//
// IPv4-mapped IPv6 (::ffff:a.b.c.d, what a dual-stack socket shows) is IPv4. Zone ids are dropped:
// they name an interface of one machine. Everything else keeps its family: an address of NAT64
// (64:ff9b::/96), 6to4 or Teredo stays IPv6, and only network_of() looks inside.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// The normal form of an address, with nothing around it. Nothing for other text.
[[nodiscard]] std::optional<std::string> normalize_ip(std::string_view text);

/// An address as proxies write it into X-Forwarded-For and Forwarded: quoted or not, with or
/// without brackets, with or without a port. Nothing for `unknown`, obfuscated names and what
/// cannot be read.
[[nodiscard]] std::optional<std::string> parse_forwarded_node(std::string_view text);

/// What one customer is given, as a key for counting: an IPv4 address, or the first 64 bits of an
/// IPv6 address. Where many clients share those 64 bits it is what tells them apart: the embedded
/// IPv4 address of NAT64 and 6to4, the whole address of Teredo. Text that is no address is its own
/// network.
[[nodiscard]] std::string network_of(std::string_view ip);

/// The first 48 bits of an IPv6 address, which is what one site is given; otherwise network_of().
/// Quotas count by this one: 65,536 networks are one customer's for the asking.
[[nodiscard]] std::string site_of(std::string_view ip);

}  // namespace portcullis::bff
