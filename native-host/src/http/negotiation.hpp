// Content coding and media type negotiation (RFC 9110, section 12.5.3).
#pragma once

#include "base/content.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

/// The acceptable coding with the highest weight; among equals br, then gzip, then identity.
/// Identity without Accept-Encoding, and also if it is refused but nothing else fits: a usable
/// answer is better than a 406.
[[nodiscard]] Encoding negotiate_encoding(const Request& request);

/// "gzip", "br", or "" for identity.
[[nodiscard]] std::string_view coding_name(Encoding encoding) noexcept;

/// Whether the media type is application/json (parameters ignored). Requires exactly one
/// Content-Type, because an intermediary may have used a second one.
[[nodiscard]] bool is_json(const Request& request);

}  // namespace portcullis::bff
