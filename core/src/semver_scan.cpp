#include "semver_scan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "portcullis/limits.hpp"
#include "portcullis/utf8.hpp"

namespace portcullis::semver::detail {
namespace {

// node limits the repeats of its regular expressions (internal/re.js, makeSafeRegex). Visible only
// where the overlong part is then dropped, as in "^x.<digits>".
constexpr std::size_t kMaxRepeatedDigits = 256;
constexpr std::size_t kMaxRepeatedIdentifier = 250;

bool is_numeric(std::string_view identifier) noexcept {
  for (const char c : identifier) {
    if (!is_digit(c)) return false;
  }
  return true;
}

template <typename T>
int order(const T& a, const T& b) noexcept {
  return a < b ? -1 : (b < a ? 1 : 0);
}

/// An integer rounded to a double: its top 53 bits (or all, if fewer) and how many were cut off.
struct Rounded {
  std::size_t cut = 0;
  std::uint64_t bits = 0;
};

/// `digits` is no longer than a version. Rounds ties to even, as IEEE 754 does.
Rounded rounded(std::string_view digits) noexcept {
  constexpr std::size_t kWords =
      limits::kMaxSemverBytes * 4 / 32 + 1;  // a digit is under four bits
  constexpr std::size_t kKept = 53;
  std::array<std::uint32_t, kWords> words{};
  std::size_t used = 0;
  for (const char digit : digits) {
    std::uint64_t carry = static_cast<std::uint64_t>(digit - '0');
    for (std::size_t i = 0; i < used; ++i) {
      carry += std::uint64_t{words[i]} * 10;
      words[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words[used++] = static_cast<std::uint32_t>(carry);
  }
  const auto bit = [&words](std::size_t i) {
    return static_cast<std::uint64_t>(words[i / 32] >> (i % 32) & 1U);
  };
  std::size_t size = used * 32;
  while (size > 0 && bit(size - 1) == 0) --size;
  Rounded out{size > kKept ? size - kKept : 0, 0};
  for (std::size_t i = size; i > out.cut; --i) out.bits = out.bits << 1 | bit(i - 1);
  if (out.cut == 0 || bit(out.cut - 1) == 0) return out;
  bool above_half = false;
  for (std::size_t i = 0; i + 1 < out.cut; ++i) above_half = above_half || bit(i) != 0;
  if (above_half || (out.bits & 1) != 0) ++out.bits;
  if (out.bits >> kKept != 0) return {out.cut + 1, out.bits >> 1};
  return out;
}

/// Compares numbers without leading zeros as doubles, like node. strtod would add 20 KB to the
/// page's core.
int compare_numeric(std::string_view a, std::string_view b) noexcept {
  constexpr std::size_t kExactDigits = 15;
  const bool exact = a.size() <= kExactDigits && b.size() <= kExactDigits;
  if (exact || a.size() > limits::kMaxSemverBytes || b.size() > limits::kMaxSemverBytes) {
    return a.size() != b.size() ? order(a.size(), b.size()) : order(a.compare(b), 0);
  }
  const Rounded left = rounded(a);
  const Rounded right = rounded(b);
  return left.cut != right.cut ? order(left.cut, right.cut) : order(left.bits, right.bits);
}

std::string_view next_identifier(std::string_view& rest) noexcept {
  const std::size_t dot = rest.find('.');
  const std::string_view identifier = rest.substr(0, dot);
  rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
  return identifier;
}

/// SemVer 2.0.0, section 11.4, as in node: the first pair of different texts decides, even if the
/// result is "equal" (two numbers above 2^53 that round to the same double).
int compare_prerelease(std::string_view a, std::string_view b) noexcept {
  while (!a.empty() && !b.empty()) {
    const std::string_view left = next_identifier(a);
    const std::string_view right = next_identifier(b);
    if (left == right) continue;
    const bool left_numeric = is_numeric(left);
    const bool right_numeric = is_numeric(right);
    if (left_numeric && right_numeric) return compare_numeric(left, right);
    if (left_numeric != right_numeric) return left_numeric ? -1 : 1;
    return order(left.compare(right), 0);
  }
  return order(!a.empty(), !b.empty());
}

bool is_space(char32_t c) noexcept {
  return (c >= 9 && c <= 13) || c == 0x20 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000 || c == 0xFEFF;
}

bool scan_identifiers_of_build(const char*& at, const char* end) noexcept {
  for (;;) {
    const char* const start = at;
    while (at != end && is_identifier(*at)) ++at;
    if (at == start) return false;
    if (at == end || *at != '.') return true;
    ++at;
  }
}

}  // namespace

int compare(const VersionView& a, const VersionView& b) noexcept {
  if (a.major != b.major) return order(a.major, b.major);
  if (a.minor != b.minor) return order(a.minor, b.minor);
  if (a.patch != b.patch) return order(a.patch, b.patch);
  if (a.prerelease.empty() || b.prerelease.empty()) {
    return order(a.prerelease.empty(), b.prerelease.empty());  // a release is higher
  }
  return compare_prerelease(a.prerelease, b.prerelease);
}

bool holds(Operator op, const VersionView& version, const VersionView& bound) noexcept {
  const int sign = compare(version, bound);
  switch (op) {
    case Operator::kEqual:
      return sign == 0;
    case Operator::kLess:
      return sign < 0;
    case Operator::kLessOrEqual:
      return sign <= 0;
    case Operator::kGreater:
      return sign > 0;
    case Operator::kGreaterOrEqual:
      return sign >= 0;
  }
  return false;
}

bool scan_number(const char*& at, const char* end, std::uint64_t& value) noexcept {
  if (at == end || !is_digit(*at)) return false;
  if (*at == '0') {
    value = 0;
    ++at;
    return at == end || !is_digit(*at);
  }
  const char* const start = at;
  value = 0;
  for (; at != end && is_digit(*at); ++at) {
    value = value * 10 + static_cast<std::uint64_t>(*at - '0');
    if (value > kMaxNumber) value = kMaxNumber + 1;
  }
  return static_cast<std::size_t>(at - start) <= kMaxRepeatedDigits + 1;
}

bool scan_prerelease(const char*& at, const char* end, std::string_view& out) noexcept {
  const char* const begin = at;
  for (;;) {
    const char* const start = at;
    while (at != end && is_digit(*at)) ++at;
    const std::size_t digits = static_cast<std::size_t>(at - start);
    if (at == end || !is_identifier(*at)) {
      // Numeric identifiers have no leading zero.
      if (digits == 0 || (*start == '0' && digits > 1) || digits > kMaxRepeatedDigits + 1) {
        return false;
      }
    } else {
      const char* const letter = at++;
      while (at != end && is_identifier(*at)) ++at;
      if (digits > kMaxRepeatedDigits) return false;
      if (static_cast<std::size_t>(at - letter) > kMaxRepeatedIdentifier + 1) return false;
    }
    if (at == end || *at != '.') break;
    ++at;
  }
  out = std::string_view(begin, static_cast<std::size_t>(at - begin));
  return true;
}

bool parse_version(std::string_view text, VersionView& out) noexcept {
  // Measured before trimming, in UTF-16 units.
  if (text.size() > limits::kMaxSemverBytes && utf8::utf16_length(text) > limits::kMaxSemverBytes) {
    return false;
  }
  text = trim(text);
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at != end && *at == 'v') ++at;
  if (!scan_number(at, end, out.major) || at == end || *at++ != '.') return false;
  if (!scan_number(at, end, out.minor) || at == end || *at++ != '.') return false;
  if (!scan_number(at, end, out.patch)) return false;
  if (out.major > kMaxNumber || out.minor > kMaxNumber || out.patch > kMaxNumber) return false;
  out.prerelease = {};
  if (at != end && *at == '-' && !scan_prerelease(++at, end, out.prerelease)) return false;
  if (at != end && *at == '+' && !scan_identifiers_of_build(++at, end)) return false;
  return at == end;
}

std::size_t space_at(std::string_view text, std::size_t at) noexcept {
  const unsigned char c = static_cast<unsigned char>(text[at]);
  if (c < 0x80) return is_space(c) ? 1 : 0;
  std::size_t length = 0;
  const char32_t code_point = utf8::decode_at(text, at, length);
  return is_space(code_point) ? length : 0;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = space_at(text, 0);
    if (length == 0) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    std::size_t length = 0;
    for (std::size_t tail = 1; tail <= 3 && tail <= text.size() && length == 0; ++tail) {
      if (space_at(text, text.size() - tail) == tail) length = tail;
    }
    if (length == 0) break;
    text.remove_suffix(length);
  }
  return text;
}

}  // namespace portcullis::semver::detail
