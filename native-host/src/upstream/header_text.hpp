// Parsing and rewriting of single header values for the header filter. Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "http/request.hpp"

namespace portcullis::bff {

/// Whether a Connection field of `fields` names `name`.
[[nodiscard]] bool named_by_connection(std::span<const HeaderField> fields, std::string_view name);

/// Whether a comma-separated list has the element; case-insensitive.
[[nodiscard]] bool list_names(std::string_view list, std::string_view name) noexcept;

/// Appends to a list-valued field: "a" and "b" become "a, b".
void append_list(std::string& list, std::string_view more);

/// An upstream's Cache-Control without permissions for shared caches: answers belong to a session.
/// An absent one becomes "private, no-cache", so that heuristic caching never applies.
[[nodiscard]] std::string private_cache_control(std::string_view value);

}  // namespace portcullis::bff
