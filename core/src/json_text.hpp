// JSON strings and numbers (RFC 8259, sections 6 and 7) for the reader. Internal to json.cpp.
//
// The buffer ends in a NUL, which is part of no string or number, so no bounds check is needed
// before looking at a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace portcullis::json::text {

/// An error and the unexpected byte. `reason` is null if there is none.
struct Fault {
  const char* at = nullptr;
  const char* reason = nullptr;
};

/// Whether a byte represents itself in a string: ASCII, no control, quote or backslash.
[[nodiscard]] inline bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/// Non-zero exactly if one of the eight bytes at `p` is not plain.
[[nodiscard]] inline std::uint64_t special_bytes(const char* p) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  // The high bit of a byte is set if it is not plain. A borrow may set extra bits above such a
  // byte; whether any bit is set is exact.
  return (word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHighBits;
}

/// The first byte from `p` that is not plain; `end` is the position of the NUL.
[[nodiscard]] inline char* skip_plain(char* p, const char* end) noexcept {
  while (end - p >= 8 && special_bytes(p) == 0) p += 8;
  while (is_plain(*p)) ++p;
  return p;
}

/// Whether the text needs no escaping. Does not need a NUL after it.
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

/// Decodes in place the string whose first byte after the quote is `p`; the result is never longer
/// than its escapes. On return `p` is after the closing quote and `size` is the number of bytes
/// written from the old `p`. Rejects escaped lone surrogates (RFC 7493, section 2.1) and invalid
/// UTF-8.
[[nodiscard]] Fault decode_string(char*& p, const char* end, std::size_t& size) noexcept;

/// Skips the number at `p`. `integer`: it has neither fraction nor exponent.
[[nodiscard]] Fault skip_number(const char*& p, bool& integer) noexcept;

/// Whether the nearest double is finite. Exact, without forming a double. O(n).
[[nodiscard]] bool is_finite(std::string_view number) noexcept;

}  // namespace portcullis::json::text
