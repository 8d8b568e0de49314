#include "http/origin.hpp"

#include <optional>
#include <string>

#include "base/ascii.hpp"
#include "base/host_name.hpp"

namespace portcullis::bff {

namespace {

struct Authority {
  std::string host;
  std::string_view port;  // empty: the scheme's default
};

std::optional<Authority> split(std::string_view authority) {
  auto host = normalize_host(authority);
  if (!host) return std::nullopt;
  Authority out{std::move(*host), {}};
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    out.port = authority.substr(colon + 1);
  }
  return out;
}

}  // namespace

bool is_local_host(std::string_view host) {
  constexpr std::string_view kSuffix = ".localhost";
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host == "::1" ||
         (host.size() > kSuffix.size() && host.substr(host.size() - kSuffix.size()) == kSuffix);
}

bool is_same_origin(std::string_view origin, std::string_view host_header, std::string_view scheme,
                    bool any_http) {
  const bool https = origin.substr(0, 8) == "https://";
  const bool http = origin.substr(0, 7) == "http://";
  if (!https && !http) return false;
  // Browsers send lower case without a path; anything else is not from a browser.
  const auto theirs = split(origin.substr(https ? 8 : 7));
  const auto ours = split(host_header);
  if (!theirs || !ours || theirs->host != ours->host) return false;
  const bool local = is_local_host(theirs->host);
  if (http && !any_http && !local) return false;
  // Another scheme is another origin, even if the ports agree (RFC 6454, section 5).
  if (scheme.empty() ? local && https : scheme != (https ? "https" : "http")) return false;
  const std::string_view standard = https ? "443" : "80";
  const auto port = [&](std::string_view given) { return given.empty() ? standard : given; };
  return port(theirs->port) == port(ours->port);
}

}  // namespace portcullis::bff
