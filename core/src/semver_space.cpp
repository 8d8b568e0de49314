// White space and build metadata in ranges: removes exactly what node-semver removes.
//
// node does this with regular expressions over the whole alternative, and later versions with an
// equivalent scanner (internal/trim-comparator-whitespace.js). The steps are kept separate, because
// shortcuts change which malformed texts are accepted: "1.2.3>= *" is a range.
#include <algorithm>
#include <cstring>

#include "semver_scan.hpp"

namespace portcullis::semver::detail {
namespace {

constexpr std::ptrdiff_t kMaxRepeatedDigits = 256;
constexpr std::ptrdiff_t kMaxRepeatedIdentifier = 250;

bool is_prefix(char c) noexcept { return c == 'v' || c == '=' || c == ' '; }
bool is_start(char c) noexcept { return is_digit(c) || c == 'x' || c == 'X' || c == '*'; }

/// Finds the end of a version without validating it: text covered by the candidate's match is not
/// scanned again.
class EndFinder {
 public:
  explicit EndFinder(const char* end) noexcept : end_(end) {}

  const char* version(const char* at) const noexcept {
    const char* const full = loose_full(at);
    return full != at ? full : partial(at);
  }

 private:
  bool is(const char* at, char c) const noexcept { return at < end_ && *at == c; }

  const char* digits(const char* at, std::ptrdiff_t limit) const noexcept {
    const char* const stop = end_ - at > limit ? at + limit : end_;
    while (at != stop && is_digit(*at)) ++at;
    return at;
  }

  const char* number(const char* at, bool loose) const noexcept {
    if (!loose && is(at, '0')) return at + 1;
    return digits(at, loose ? kMaxRepeatedDigits : kMaxRepeatedDigits + 1);
  }

  const char* prerelease_identifier(const char* at, bool loose) const noexcept {
    const char* const after_digits = digits(at, kMaxRepeatedDigits);
    if (after_digits < end_ && is_identifier(*after_digits) && !is_digit(*after_digits)) {
      const char* const first = after_digits + 1;
      const char* const stop =
          end_ - first > kMaxRepeatedIdentifier ? first + kMaxRepeatedIdentifier : end_;
      const char* last = first;
      while (last != stop && is_identifier(*last)) ++last;
      return last;
    }
    return number(at, loose);
  }

  const char* prerelease(const char* at, bool loose) const noexcept {
    const bool hyphen = is(at, '-');
    if (!loose && !hyphen) return at;
    const char* const start = hyphen ? at + 1 : at;
    const char* last = prerelease_identifier(start, loose);
    if (last == start) {
      if (!loose || !hyphen) return at;
      last = prerelease_identifier(at, loose);  // a lone hyphen can be the identifier
    }
    while (is(last, '.')) {
      const char* const next = prerelease_identifier(last + 1, loose);
      if (next == last + 1) break;
      last = next;
    }
    return last;
  }

  // Build metadata has already been removed.

  const char* loose_full(const char* at) const noexcept {
    const char* last = at;
    for (int component = 0; component < 3; ++component) {
      const char* const next = number(last, true);
      if (next == last) return at;
      last = next;
      if (component < 2) {
        if (!is(last, '.')) return at;
        ++last;
      }
    }
    return prerelease(last, true);
  }

  const char* component(const char* at) const noexcept {
    if (at < end_ && is_digit(*at)) return number(at, false);
    return at < end_ && is_start(*at) ? at + 1 : at;
  }

  const char* partial(const char* at) const noexcept {
    const char* last = component(at);
    for (int i = 0; i < 2; ++i) {
      if (!is(last, '.')) return last;
      const char* const next = component(last + 1);
      if (next == last + 1) return last;
      last = next;
    }
    return prerelease(last, false);
  }

  const char* end_;
};

/// The space after the candidate's operator, or null.
const char* removable_space(const char* match, const char* end) noexcept {
  const auto is = [&](char c) { return match < end && *match == c; };
  if (is(' ')) ++match;
  if (is('<') || is('>')) ++match;
  if (is('=')) ++match;
  return is(' ') ? match : nullptr;
}

char* move_to(char* out, const char* from, const char* to) noexcept {
  const std::size_t length = static_cast<std::size_t>(to - from);
  if (length != 0 && out != from) std::memmove(out, from, length);
  return out + length;
}

}  // namespace

char* strip_builds(char* begin, char* end) noexcept {
  char* out = begin;
  for (const char* at = begin; at != end;) {
    if (*at != '+' || at + 1 == end || !is_identifier(at[1])) {
      *out++ = *at++;
      continue;
    }
    do {  // '+' or '.', and the identifier after it
      ++at;
      while (at != end && is_identifier(*at)) ++at;
    } while (end - at > 1 && *at == '.' && is_identifier(at[1]));
  }
  return out;
}

char* trim_comparators(char* begin, char* end) noexcept {
  const EndFinder finder(end);
  char* out = begin;
  const char* copied = begin;  // everything before it was written or removed
  for (const char* at = begin; at != end;) {
    const char* const match = at;
    if (*at == '<' || *at == '>') {
      ++at;
    } else if (!is_prefix(*at) && !is_start(*at)) {
      ++at;
      continue;
    }
    while (at != end && is_prefix(*at)) ++at;
    if (at == end || !is_start(*at)) continue;
    if (const char* const space = removable_space(match, end); space != nullptr) {
      out = move_to(out, copied, space);
      copied = space + 1;
    }
    at = finder.version(at);
  }
  return move_to(out, copied, end);
}

char* trim_tildes_and_carets(char* begin, char* end) noexcept {
  const char* first_end = end;
  char* out = begin;
  for (const char* at = begin; at != first_end;) {
    const char c = *at++;
    *out++ = c;
    if (c != '~') continue;
    const char* space = at;
    if (space != first_end && *space == '>') ++space;
    if (space != first_end && *space == ' ') at = space + 1;  // "~> 1" is "~1"
  }
  end = out;
  out = begin;
  for (const char* at = begin; at != end;) {
    const char c = *at++;
    *out++ = c;
    if (c == '^' && at != end && *at == ' ') ++at;
  }
  return out;
}

}  // namespace portcullis::semver::detail
