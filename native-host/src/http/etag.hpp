// If-None-Match (RFC 9110, 13.1.2).
#pragma once

#include "http/request.hpp"

namespace portcullis::bff {

/// Whether the request's If-None-Match names `etag` (with its quotes), or is "*": answer 304. The
/// comparison is weak, as for GET and HEAD it has to be.
[[nodiscard]] bool none_match(const Request& request, std::string_view etag);

}  // namespace portcullis::bff
