// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// The SHA-256 of `bytes`; all zero, which matches no content, if OpenSSL fails.
[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view bytes);
/// The same in lower-case hex.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace portcullis::bff
