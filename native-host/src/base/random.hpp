// Cryptographically secure random bytes (OpenSSL RAND_bytes) and base64url. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace portcullis::bff {

/// Fills `out`. Throws std::runtime_error if the generator has no entropy: the server must not
/// continue with weak secrets.
void random_bytes(std::span<std::uint8_t> out);

/// `bytes` random bytes as base64url without padding; 32 bytes give 43 characters.
[[nodiscard]] std::string random_token(std::size_t bytes = 32);

}  // namespace portcullis::bff
