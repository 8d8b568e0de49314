// Byte classes of paths, shared by canonical paths, templates and topics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "portcullis/utf8.hpp"

namespace portcullis::path_bytes {

constexpr bool is_digit(unsigned char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(unsigned char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_control(unsigned char c) noexcept { return c < 0x20 || c == 0x7f; }

/// RFC 3986, section 2.3.
constexpr bool is_unreserved(unsigned char c) noexcept {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// RFC 3986, section 3.3: pchar without '%' and ';' (servers disagree on path parameters).
constexpr bool is_segment_byte(unsigned char c) noexcept {
  constexpr std::string_view kOthers = "!$&'()*+,=:@";
  return is_unreserved(c) || kOthers.find(static_cast<char>(c)) != std::string_view::npos;
}

/// Bytes that RFC 3986 does not allow raw in a path but browsers send (they are not in the path
/// percent-encode set of the URL standard; '^' was not until 2023). The canonical path
/// percent-encodes them.
constexpr bool is_encoded_for_browsers(unsigned char c) noexcept {
  return c == '[' || c == ']' || c == '|' || c == '^';
}

/// The digit's value, or -1.
constexpr int hex_value(unsigned char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// UTF-8 validation, one byte at a time (RFC 3629: no overlong forms, no surrogates, at most
/// U+10FFFF).
class Utf8 {
 public:
  /// Returns false if this byte is invalid here.
  constexpr bool step(unsigned char c) noexcept {
    if (open_ > 0) {
      if (c < low_ || c > high_) return false;
      --open_;
      low_ = 0x80;
      high_ = 0xbf;
      return true;
    }
    if (c < 0x80) return true;
    if (c < 0xc2 || c > 0xf4)
      return false;  // continuation bytes; C0, C1: overlong; above F4: too large
    open_ = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    low_ = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;   // overlong
    high_ = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;  // surrogates; above U+10FFFF
    return true;
  }
  /// Whether a sequence is unfinished.
  constexpr bool open() const noexcept { return open_ > 0; }

 private:
  unsigned char open_ = 0;
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xbf;
};

/// Decodes the triplets of `segment` into `out`, which has room for segment.size() bytes. Returns
/// the decoded size, or -1 for a malformed triplet. Does not check UTF-8.
constexpr std::ptrdiff_t decode(std::string_view segment, char* out) noexcept {
  std::ptrdiff_t size = 0;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      out[size++] = segment[i];
      continue;
    }
    if (segment.size() - i < 3) return -1;
    const int high = hex_value(static_cast<unsigned char>(segment[i + 1]));
    const int low = hex_value(static_cast<unsigned char>(segment[i + 2]));
    if (high < 0 || low < 0) return -1;
    out[size++] = static_cast<char>(high * 16 + low);
    i += 2;
  }
  return size;
}

/// The size of a decoded value in a canonical path.
constexpr std::size_t encoded_bytes(std::string_view decoded) noexcept {
  std::size_t bytes = 0;
  for (const char c : decoded) bytes += is_segment_byte(static_cast<unsigned char>(c)) ? 1 : 3;
  return bytes;
}

/// Whether '%' followed by this text would be decoded a second time: a triplet, or the %uXXXX that
/// some decoders know (JavaScript's unescape, classic ASP, .NET).
constexpr bool is_encoding(std::string_view behind) noexcept {
  const bool wide = !behind.empty() && (behind[0] == 'u' || behind[0] == 'U');
  const std::size_t first = wide ? 1 : 0;
  const std::size_t digits = wide ? 4 : 2;
  if (behind.size() < first + digits) return false;
  for (std::size_t i = first; i < first + digits; ++i) {
    if (hex_value(static_cast<unsigned char>(behind[i])) < 0) return false;
  }
  return true;
}

/// Whether some segment of a canonical path decodes to this value.
inline bool is_segment_value(std::string_view decoded) noexcept {
  if (decoded.empty() || decoded == "." || decoded == ".." || !utf8::is_valid(decoded))
    return false;
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const auto c = static_cast<unsigned char>(decoded[i]);
    if (is_control(c) || c == '/' || c == '\\' || c == ';' || c == '#' || c == '?') return false;
    // "%41" would have to be written "%2541", which is double encoding.
    if (c == '%' && is_encoding(decoded.substr(i + 1))) return false;
  }
  return true;
}

}  // namespace portcullis::path_bytes
