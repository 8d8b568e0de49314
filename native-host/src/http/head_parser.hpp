// Reads the head of one request: the grammar (RFC 9112, 3 and 5) with Beast's basic_parser, and
// with http/head_rules.hpp what a gateway refuses on top of it (ADR 0016).
//
// Order of calls: HeadScanner until it is complete, then parse_head with exactly the head's bytes.
// `out` gets views into them. No allocation but the list of fields and the host's normal form.
#pragma once

#include <string_view>

#include "http/head_rules.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

/// kAllowed and a whole `out`; otherwise the reason, and `out` holds what was read until then.
/// After a refusal the connection has to be closed: the start of the next request is not known.
/// Also reads a part of a head, for what is logged of one that is refused: BAD_REQUEST, then, and
/// `out` has the fields whose next line has begun.
/// `need_host` is false for listeners that are reached by address (metrics). Linear in the size.
[[nodiscard]] HeadProblem parse_head(std::string_view head, Request& out, bool need_host = true);

}  // namespace portcullis::bff
