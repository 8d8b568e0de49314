// Bytes as text: base64, percent-encoding and hexadecimal digits; comparison of secrets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Encodes as base64url without padding (RFC 4648, section 5).
[[nodiscard]] std::string base64url_encode(std::span<const std::uint8_t> bytes);

/// Decodes base64url. Nullopt for padding, other characters, impossible lengths, and non-zero
/// unused bits in the last character (otherwise two cookie values could name one session).
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// The six bits of a base64url character; -1 for any other.
[[nodiscard]] int base64url_value(char c) noexcept;

/// Encodes as base64 with padding (RFC 4648, section 4).
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// Decodes it, as strictly as base64url_decode. Nullopt for an empty text, too.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// Appends the byte's two lower-case hexadecimal digits.
void append_hex(std::string& out, unsigned char byte);

/// Appends '%' and the byte's two upper-case hexadecimal digits (RFC 3986, section 2.1).
void append_percent(std::string& out, unsigned char byte);

/// Compares in time that depends on the lengths only.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace portcullis::bff
