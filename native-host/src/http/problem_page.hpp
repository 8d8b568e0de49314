// A problem as a small page: for a person whose browser went to an address that is refused. Says
// what the problem document says. No script, no style, nothing to load.
#pragma once

#include <string>

#include "http/problem.hpp"

namespace portcullis::bff {

/// `connect-src`: a test that opened any address of the server may call it from there.
inline constexpr std::string_view kProblemPagePolicy =
    "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'";

/// The page. All text of the problem is escaped.
[[nodiscard]] std::string problem_page(const Problem9457& problem, unsigned status);

}  // namespace portcullis::bff
