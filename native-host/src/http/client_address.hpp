// Who is at the other end, seen through trusted proxies.
//
// X-Forwarded-For and -Proto are believed only when the connection itself comes from a configured
// proxy; otherwise anyone could choose the address that logs, audits and the PDP see.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/cidr.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

struct ClientAddress {
  std::string ip;
  std::string scheme;         ///< "http" or "https", as the browser used it
  bool scheme_known = false;  ///< a trusted proxy said so; otherwise it is how it came to us
};

/// The right-most address of X-Forwarded-For that is no trusted proxy. A malformed list ends the
/// walk: what stands left of it is anyone's claim.
[[nodiscard]] ClientAddress client_address(const Request& request, std::string_view peer,
                                           const std::vector<Cidr>& trusted);

}  // namespace portcullis::bff
