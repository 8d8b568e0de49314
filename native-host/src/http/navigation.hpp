// Distinguishes browser navigation from requests for data.
#pragma once

#include "http/request.hpp"

namespace portcullis::bff {

/// Whether this is certainly a top-level navigation: scripts cannot send these fields, and fetches,
/// frames and preloads have other values. Excludes a service worker's navigation preload.
[[nodiscard]] bool is_navigation(const Request& request) noexcept;

/// Whether to answer with a page for a person: for a navigation, or without Sec-Fetch fields
/// (browsers omit them for plain HTTP except on localhost) if Accept names text/html, which API
/// clients do not do. Affects the format only, never permissions.
[[nodiscard]] bool asks_for_page(const Request& request) noexcept;

/// The request fields asks_for_page() depends on, for Vary.
inline constexpr std::string_view kPageFields = "Accept, Sec-Fetch-Dest, Sec-Fetch-Mode";

}  // namespace portcullis::bff
