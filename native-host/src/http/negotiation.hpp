// Which content coding to send (RFC 9110, 12.5.3).
#pragma once

#include "base/content.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

/// The acceptable coding with the highest weight; among equals br, then gzip, then identity. No
/// Accept-Encoding means identity. When identity is refused and nothing else fits, identity all the
/// same: a page that works beats a 406.
[[nodiscard]] Encoding negotiate_encoding(const Request& request);

/// "gzip", "br" or "" (identity).
[[nodiscard]] std::string_view coding_name(Encoding encoding) noexcept;

/// Whether the request's media type is application/json (parameters ignored). Exactly one
/// Content-Type: a second one could be what a proxy in between believed.
[[nodiscard]] bool is_json(const Request& request);

}  // namespace portcullis::bff
