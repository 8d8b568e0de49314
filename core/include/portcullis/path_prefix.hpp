// Path prefixes at a segment boundary: "/auth" covers "/auth" and "/auth/login", not "/authors".
// Compares the bytes of canonical paths (canonical_path.hpp). The reserved prefixes are in
// reserved.hpp, generated from spec/reserved.json.
#pragma once

#include <algorithm>
#include <string_view>

namespace portcullis {

/// Whether `path` is `prefix` or lies below it. O(length of the prefix).
[[nodiscard]] constexpr bool at_or_below(std::string_view path, std::string_view prefix) noexcept {
  return path.substr(0, prefix.size()) == prefix &&
         (path.size() == prefix.size() || path[prefix.size()] == '/');
}

/// Whether any of the prefixes covers `path`.
template <typename Prefixes>
[[nodiscard]] constexpr bool at_or_below_any(std::string_view path,
                                             const Prefixes& prefixes) noexcept {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [path](std::string_view prefix) { return at_or_below(path, prefix); });
}

}  // namespace portcullis
