// Cryptographically secure random bytes (OpenSSL RAND_bytes) and base64url. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Fills `out`. Throws std::runtime_error if the generator has no entropy: the server must not
/// continue with weak secrets.
void random_bytes(std::span<std::uint8_t> out);

/// `bytes` random bytes as base64url without padding; 32 bytes give 43 characters.
[[nodiscard]] std::string random_token(std::size_t bytes = 32);

/// A new request id of 32 lower-case hex digits. Unique, not secret.
[[nodiscard]] std::string random_request_id();

/// Encodes as base64url without padding (RFC 4648, section 5).
[[nodiscard]] std::string base64url_encode(std::span<const std::uint8_t> bytes);

/// Decodes base64url. Nullopt for padding, other characters, impossible lengths, and non-zero
/// unused bits in the last character (otherwise two cookie values could name one session).
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// The six bits of a base64url character; -1 for any other.
[[nodiscard]] int base64url_value(char c) noexcept;

/// Compares in time that depends on the lengths only.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace portcullis::bff
