// The media type of a file, by its name (spec/media_types.json).
#pragma once

#include <string_view>

#include "http/media_types.hpp"

namespace portcullis::bff {

/// ".js" of "/assets/app.js", with its dot; empty without one, and for a name that only begins with
/// one.
[[nodiscard]] std::string_view extension_of(std::string_view path) noexcept;

/// The row of the path's extension, in any case; null when it is not listed.
[[nodiscard]] const MediaType* find_media_type(std::string_view path) noexcept;

/// "text/html; charset=utf-8" and the like; application/octet-stream when unknown.
[[nodiscard]] std::string_view media_type_of(std::string_view path) noexcept;

}  // namespace portcullis::bff
