// The texts inside of JSON: strings and numbers (RFC 8259 sections 6 and 7), as the reader meets
// them. Internal to json.cpp.
//
// All of it works on a buffer that ends in a NUL, which is no part of any of these: nothing has to
// ask whether there is more before it looks at a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace portcullis::json::text {

/// What went wrong, and the byte that was not expected. `reason` is null where nothing did.
struct Fault {
  const char* at = nullptr;
  const char* reason = nullptr;
};

/// Whether a byte stands in a string for itself: ASCII, no control, no quote, no backslash.
[[nodiscard]] inline bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/// Not zero exactly when one of the eight bytes at `p` is not plain.
[[nodiscard]] inline std::uint64_t special_bytes(const char* p) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  // A byte's high bit is set for what is not plain. A borrow can only set one too many above such
  // a byte; whether there is any is exact.
  return (word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHighBits;
}

/// The first byte from `p` on that is not plain; `end` is where the NUL stands.
[[nodiscard]] inline char* skip_plain(char* p, const char* end) noexcept {
  while (end - p >= 8 && special_bytes(p) == 0) p += 8;
  while (is_plain(*p)) ++p;
  return p;
}

/// Whether a text stands for itself between quotes. This one needs no NUL behind it.
[[nodiscard]] inline bool is_plain(std::string_view text) noexcept {
  const char* p = text.data();
  std::size_t left = text.size();
  for (; left >= 8; p += 8, left -= 8) {
    if (special_bytes(p) != 0) return false;
  }
  for (; left > 0; ++p, --left) {
    if (!is_plain(*p)) return false;
  }
  return true;
}

/// Decodes the string whose first byte behind the quote is `p`, in place: what an escape stands
/// for is never longer than the escape. `p` ends behind the closing quote; `size` is what was
/// written from the old `p` on. Escaped lone surrogates (RFC 7493 section 2.1) and bytes that are
/// not UTF-8 are refused.
[[nodiscard]] Fault decode_string(char*& p, const char* end, std::size_t& size) noexcept;

/// Skips the number that starts at `p`. `integer`: it has neither a fraction nor an exponent.
[[nodiscard]] Fault skip_number(const char*& p, bool& integer) noexcept;

/// Whether the nearest double is finite. Exact, without ever forming one, O(n).
[[nodiscard]] bool is_finite(std::string_view number) noexcept;

}  // namespace portcullis::json::text
