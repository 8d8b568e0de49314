// Reads the head of one request by the grammar (RFC 9112, 3 and 5), and refuses on top of it what a
// gateway must refuse because two servers could read it differently (RFC 9112, 6.1, 6.3, 11.2):
//   - Transfer-Encoding together with Content-Length, twice, other than exactly "chunked", or in
//     HTTP/1.0; Content-Length twice or other than digits;
//   - no Host, two, one that is no host name, one that contradicts an absolute-form target;
//   - any version but 1.0 and 1.1 (505), a coding besides chunked (501), an expectation besides
//     100-continue (417).
//
// Order of calls: HeadScanner until it is complete, then parse_head with exactly the head's bytes.
// The answer's views point into them. No allocation but the list of fields.
#pragma once

#include <string_view>

#include "http/request.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

struct HeadProblem {
  Code code = Code::kAllowed;
  std::string_view detail;
};

/// kAllowed and a whole `out`; otherwise the reason, and `out` holds what was read until then.
/// After a refusal the connection has to be closed: where the next request starts is not known.
/// `need_host` is false for listeners that are reached by address (metrics).
[[nodiscard]] HeadProblem parse_head(std::string_view head, Request& out, bool need_host = true);

}  // namespace portcullis::bff
