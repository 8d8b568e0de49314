// A problem as a small HTML page for people who navigate to a refused URL. Same content as the
// problem document. No script, style or subresources.
#pragma once

#include <string>

#include "http/problem.hpp"

namespace portcullis::bff {

/// `connect-src` lets a test that opened any URL of the server call the server from it.
inline constexpr std::string_view kProblemPagePolicy =
    "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'";

/// Renders the page. All text is escaped.
[[nodiscard]] std::string problem_page(const Problem9457& problem, unsigned status);

}  // namespace portcullis::bff
