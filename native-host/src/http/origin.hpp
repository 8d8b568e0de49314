// Whether an Origin header names this very origin (RFC 6454; Fetch, "append a request Origin
// header"). Part of the CSRF check: a page of another origin cannot forge it.
#pragma once

#include <string_view>

namespace portcullis::bff {

/// True when `origin` is "scheme://host[:port]" whose host and port are those of the Host header
/// (default ports may be written or left out), and the scheme is https; or http, for hosts that
/// never leave the machine (localhost, *.localhost, 127.0.0.1, [::1]) or when `any_http`.
[[nodiscard]] bool is_same_origin(std::string_view origin, std::string_view host_header,
                                  bool any_http);

/// localhost, *.localhost, 127.0.0.1 or [::1], already normalised.
[[nodiscard]] bool is_local_host(std::string_view normalized_host);

}  // namespace portcullis::bff
