// Internal to the semver module: operands and operators of range tokens, as written. A "full"
// version has three numbers, a "partial" one has an x or fewer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "semver_scan.hpp"

namespace portcullis::semver::detail {

struct Component {
  bool is_x = true;  // x, X, * or absent
  std::uint64_t number = 0;
};

/// XRANGEPLAIN: [v= ]* and a partial or full version.
struct Partial {
  std::string_view prefix;
  Component major, minor, patch;
  std::string_view prerelease;
  std::string_view text;  // without the prefix

  [[nodiscard]] bool is_full() const noexcept { return !major.is_x && !minor.is_x && !patch.is_x; }
};

inline bool scan_component(const char*& at, const char* end, Component& out) noexcept {
  if (at != end && (*at == 'x' || *at == 'X' || *at == '*')) {
    ++at;
    return true;
  }
  out.is_x = false;
  return scan_number(at, end, out.number);
}

inline bool scan_partial(const char*& at, const char* end, Partial& out) noexcept {
  const char* const begin = at;
  while (at != end && (*at == 'v' || *at == '=' || *at == ' ')) ++at;
  out.prefix = std::string_view(begin, static_cast<std::size_t>(at - begin));
  const char* const start = at;
  if (!scan_component(at, end, out.major)) return false;
  if (at != end && *at == '.') {
    if (!scan_component(++at, end, out.minor)) return false;
    if (at != end && *at == '.') {
      if (!scan_component(++at, end, out.patch)) return false;
      if (at != end && *at == '-' && !scan_prerelease(++at, end, out.prerelease)) return false;
    }
  }
  out.text = std::string_view(start, static_cast<std::size_t>(at - start));
  return true;
}

inline bool scan_whole_partial(std::string_view text, Partial& out) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  return scan_partial(at, end, out) && at == end;
}

/// `(<|>)?=?`, and the operator it gives the comparator.
struct Bound {
  char angle = '\0';
  bool equals = false;
  std::size_t length = 0;

  [[nodiscard]] Operator op() const noexcept {
    if (angle == '<') return equals ? Operator::kLessOrEqual : Operator::kLess;
    if (angle == '>') return equals ? Operator::kGreaterOrEqual : Operator::kGreater;
    return Operator::kEqual;
  }
};

inline Bound scan_bound(std::string_view text) noexcept {
  Bound bound;
  if (!text.empty() && (text[0] == '<' || text[0] == '>')) bound.angle = text[bound.length++];
  if (bound.length < text.size() && text[bound.length] == '=') {
    bound.equals = true;
    ++bound.length;
  }
  return bound;
}

}  // namespace portcullis::semver::detail
