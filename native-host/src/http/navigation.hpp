// Whether a person's browser asks for a page to show, or a program for data.
#pragma once

#include "http/request.hpp"

namespace portcullis::bff {

/// A browser's navigation in a window of its own, for certain: no script can send these fields, and
/// what a script fetches, frames or preloads has others. A service worker that asks ahead is none.
[[nodiscard]] bool is_navigation(const Request& request) noexcept;

/// The answer is for a person to look at: a navigation; or, from a client that sends no Sec-Fetch
/// fields (browsers leave them out for plain HTTP beside localhost), an Accept that names
/// text/html, which no API client does. Decides about forms only, never about rights.
[[nodiscard]] bool asks_for_page(const Request& request) noexcept;

/// The request fields that asks_for_page() looks at, for Vary.
inline constexpr std::string_view kPageFields = "Accept, Sec-Fetch-Dest, Sec-Fetch-Mode";

}  // namespace portcullis::bff
