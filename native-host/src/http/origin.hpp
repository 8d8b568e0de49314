// Checks that an Origin header names this origin (RFC 6454; Fetch, "append a request Origin
// header"). Part of the CSRF check: pages of other origins cannot forge it.
#pragma once

#include <string_view>

namespace portcullis::bff {

/// Whether `origin` is "scheme://host[:port]" with the host and port of the Host header (default
/// ports optional) and the page's scheme.
///
/// `scheme` is the browser's scheme according to a trusted proxy, or empty if unknown. This server
/// has no TLS, so an unknown scheme is http on hosts that never leave the machine (localhost,
/// *.localhost, 127.0.0.1, [::1]); on others TLS ends in front of the server, so it is https, or
/// either with `any_http`. Without `any_http`, http is never accepted from other machines.
[[nodiscard]] bool is_same_origin(std::string_view origin, std::string_view host_header,
                                  std::string_view scheme, bool any_http);

/// Whether the normalised host is localhost, *.localhost, 127.0.0.1 or [::1].
[[nodiscard]] bool is_local_host(std::string_view normalized_host);

}  // namespace portcullis::bff
