// Media types by file name (spec/media_types.json).
#pragma once

#include <string_view>

#include "http/media_types.hpp"

namespace portcullis::bff {

/// The extension with its dot: ".js" of "/assets/app.js"; empty if there is none or the name only
/// begins with a dot.
[[nodiscard]] std::string_view extension_of(std::string_view path) noexcept;

/// The entry for the path's extension, case-insensitive; null if not listed.
[[nodiscard]] const MediaType* find_media_type(std::string_view path) noexcept;

/// E.g. "text/html; charset=utf-8"; application/octet-stream if unknown.
[[nodiscard]] std::string_view media_type_of(std::string_view path) noexcept;

}  // namespace portcullis::bff
