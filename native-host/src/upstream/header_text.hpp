// Reading and rewriting single header values for the header filter. Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

/// Whether a Connection field of `fields` names this one.
[[nodiscard]] bool named_by_connection(std::span<const HeaderField> fields, std::string_view name);

/// Whether a comma-separated list has this element; case-insensitive.
[[nodiscard]] bool list_names(std::string_view list, std::string_view name) noexcept;

/// Joins list-valued fields: "a" and "b" are "a, b".
void append_list(std::string& list, std::string_view more);

/// An upstream's Cache-Control, without leave for shared caches: answers are a session's. None at
/// all becomes "private, no-cache", so that no heuristic keeps what nobody said could be kept.
[[nodiscard]] std::string private_cache_control(std::string_view value);

}  // namespace portcullis::bff
