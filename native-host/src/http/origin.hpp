// Whether an Origin header names this very origin (RFC 6454; Fetch, "append a request Origin
// header"). Part of the CSRF check: a page of another origin cannot forge it.
#pragma once

#include <string_view>

namespace portcullis::bff {

/// True when `origin` is "scheme://host[:port]" whose host and port are those of the Host header
/// (default ports may be written or left out), and the scheme is the page's.
///
/// `scheme` is what a trusted proxy said that the browser used; then it is that one. Empty: nobody
/// said. This server speaks no TLS, so on hosts that never leave the machine (localhost,
/// *.localhost, 127.0.0.1, [::1]) it is http; on others TLS ends somewhere in front, so it is
/// https, or either when `any_http`. In no case is http taken from a host beyond the machine
/// without `any_http`.
[[nodiscard]] bool is_same_origin(std::string_view origin, std::string_view host_header,
                                  std::string_view scheme, bool any_http);

/// localhost, *.localhost, 127.0.0.1 or [::1], already normalised.
[[nodiscard]] bool is_local_host(std::string_view normalized_host);

}  // namespace portcullis::bff
