// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// All zero when OpenSSL has no SHA-256 or no memory for it; no content has that hash.
[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view bytes);
/// In lower-case hex.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace portcullis::bff
