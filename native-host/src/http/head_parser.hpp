// Parses a request head: the grammar (RFC 9112, sections 3 and 5) by Beast's basic_parser, and a
// gateway's additional rules by http/head_rules.hpp (ADR 0016).
//
// Run HeadScanner until it is complete, then parse_head() on exactly the head's bytes. Allocates
// only the field list and the host's normal form.
#pragma once

#include <string_view>

#include "http/head_rules.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

/// Parses a head into `out`, as views into `head`. Returns kAllowed, or the reason with `out` as
/// read so far; after a refusal close the connection, because the start of the next request is
/// unknown. Also reads an incomplete head, for the log: returns BAD_REQUEST, with the fields whose
/// next line has begun. `need_host` is false for listeners reached by address (metrics). Linear in
/// the size.
[[nodiscard]] HeadProblem parse_head(std::string_view head, Request& out, bool need_host = true);

}  // namespace portcullis::bff
