// Locale-independent ASCII helpers (unlike <cctype>). HTTP's grammar is ASCII.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Lower case for A to Z; other bytes unchanged.
[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Whether `c` is 0 to 9.
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Whether `c` is a letter.
[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

/// Whether `c` may appear in a token (RFC 9110, section 5.6.2).
[[nodiscard]] constexpr bool is_token_char(char c) noexcept {
  return is_alpha(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// The value of a hexadecimal digit; -1 for other bytes.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Case-insensitive equality for ASCII.
[[nodiscard]] constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  }
  return true;
}

/// The number of bytes before the first control character (below 0x20, or 0x7f). Reads eight bytes
/// at a time.
[[nodiscard]] inline std::size_t until_control(std::string_view text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    // Sets the high bit of each byte below 0x20 or equal to 0x7f (Warren, Hacker's Delight, section
    // 6-1). A borrow may set it in bytes after such a byte, never if there is none.
    const std::uint64_t low = (word - kOnes * 0x20) & ~word;
    const std::uint64_t del = word ^ (kOnes * 0x7f);
    const std::uint64_t hit = (low | ((del - kOnes) & ~del)) & (kOnes * 0x80);
    if (hit == 0) continue;
    if constexpr (std::endian::native == std::endian::little) {
      return at + static_cast<std::size_t>(std::countr_zero(hit)) / 8;
    }
    break;
  }
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7f) break;
  }
  return at;
}

/// Whether every byte is visible ASCII (0x21 to 0x7e). Reads eight bytes at a time.
[[nodiscard]] inline bool is_visible_ascii(std::string_view text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t low = (word - kOnes * 0x21) & ~word;  // a byte below 0x21
    const std::uint64_t high = (word + kOnes) | word;         // a byte of 0x7f or above
    if (((low | high) & (kOnes * 0x80)) != 0) return false;
  }
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x21 || byte > 0x7e) return false;
  }
  return true;
}

/// Removes optional white space (SP, HTAB) from both ends.
[[nodiscard]] constexpr std::string_view trim_ows(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Calls `each` with every element of a comma-separated list, trimmed, skipping empty ones (RFC
/// 9110, section 5.6.1). Commas within quoted strings do not separate.
template <typename Each>
constexpr void each_list_element(std::string_view list, Each&& each) {
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size()) {
      if (quoted && list[i] == '\\' && i + 1 < list.size()) {
        ++i;
        continue;
      }
      if (list[i] == '"') quoted = !quoted;
      if (list[i] != ',' || quoted) continue;
    }
    const std::string_view element = trim_ows(list.substr(start, i - start));
    if (!element.empty()) each(element);
    start = i + 1;
  }
}

}  // namespace portcullis::bff
