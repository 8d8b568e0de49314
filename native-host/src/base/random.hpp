// Random bytes that nobody can guess (OpenSSL RAND_bytes), and the text form they travel in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Fills `out`. Throws std::runtime_error when the generator has no entropy: a server that cannot
/// make secrets must not go on with weak ones.
void random_bytes(std::span<std::uint8_t> out);

/// `bytes` random bytes as base64url without padding; 32 give a text of 43 characters.
[[nodiscard]] std::string random_token(std::size_t bytes = 32);

/// A new request id: 32 lower-case hex digits. Unique, not secret.
[[nodiscard]] std::string random_request_id();

/// base64url without padding (RFC 4648, section 5).
[[nodiscard]] std::string base64url_encode(std::span<const std::uint8_t> bytes);

/// The inverse: nullopt for padding, other characters, impossible lengths, and for a last character
/// with bits that no encoder sets (one value has one text, or two cookies would be one session).
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// The six bits of one character of base64url; -1 for any other.
[[nodiscard]] int base64url_value(char c) noexcept;

/// Compares without telling by its time where the first difference is. Lengths are no secret.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace portcullis::bff
