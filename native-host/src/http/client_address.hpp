// The client's address and scheme, seen through trusted proxies.
//
// X-Forwarded-For, X-Forwarded-Proto and Forwarded (RFC 7239) are believed only when the connection
// itself comes from a configured proxy; otherwise anyone could choose the address that logs,
// audits, rates and the PDP see. Of the addresses in a header the right-most one that is not a
// trusted proxy counts: what stands left of it is the client's own claim.
//
// Which header: the one that the proxies write, as `forwarded` in settings.yaml says. By default
// the one that is there; when both are and name different clients, one of them came from the
// client, and neither is believed: the address is the proxy's. So a client cannot choose an
// address by sending the header that its proxy does not write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/cidr.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

enum class ForwardedHeader : std::uint8_t { kAuto, kXForwardedFor, kForwarded };

struct ClientAddress {
  std::string ip;             ///< in normal form (ip_address.hpp)
  std::string scheme;         ///< "http" or "https", as the browser used it
  bool disputed = false;      ///< Forwarded and X-Forwarded-For name different clients
  bool scheme_known = false;  ///< a trusted proxy said so; otherwise it is how it came to us
};

/// `peer` is in normal form. A hop that is no address (`unknown`, an obfuscated name, junk) ends
/// the walk at the proxy that wrote it.
[[nodiscard]] ClientAddress client_address(const Request& request, std::string_view peer,
                                           const std::vector<Cidr>& trusted,
                                           ForwardedHeader which = ForwardedHeader::kAuto);

}  // namespace portcullis::bff
