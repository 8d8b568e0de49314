// The client's address and scheme, seen through trusted proxies.
//
// X-Forwarded-For, X-Forwarded-Proto and Forwarded (RFC 7239) are trusted only on connections from
// a configured proxy; otherwise clients could choose the address used in logs, audits, rates and by
// the PDP. The right-most address that is not a trusted proxy is the client's; addresses left of it
// are the client's own claim.
//
// `forwarded` in settings.yaml says which header the proxies write. By default, whichever is
// present; if both are and name different clients, one of them came from the client, so neither is
// used and the address is the proxy's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/cidr.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

/// Which header to use.
enum class ForwardedHeader : std::uint8_t { kAuto, kXForwardedFor, kForwarded };

/// The result.
struct ClientAddress {
  std::string ip;             ///< normal form (ip_address.hpp)
  std::string scheme;         ///< "http" or "https", as used by the browser
  bool disputed = false;      ///< Forwarded and X-Forwarded-For name different clients
  bool scheme_known = false;  ///< stated by a trusted proxy; otherwise the connection's own
};

/// Determines the client. `peer` is in normal form. A hop that is not an address (`unknown`, an
/// obfuscated name, garbage) ends the walk at the proxy that wrote it.
[[nodiscard]] ClientAddress client_address(const Request& request, std::string_view peer,
                                           const std::vector<Cidr>& trusted,
                                           ForwardedHeader which = ForwardedHeader::kAuto);

}  // namespace portcullis::bff
