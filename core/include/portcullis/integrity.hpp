// Integrity strings: which bundle hash a text declares.
//
// What it decides: whether a text is exactly one SHA-256 hash, in one of two spellings:
//   sha256:HEX      64 hexadecimal digits of any case (the YAML's spelling)
//   sha256-BASE64   one SRI hash (W3C Subresource Integrity, section 3.5), canonical: standard
//                   alphabet, padded, 44 characters, unused bits zero
// What it does not: it hashes nothing, and takes no other algorithm, no list, no options, no white
// space around. A browser skips a hash that it cannot read and then runs the script unchecked, so
// everything that is not certainly one readable hash is refused here.
//
// In which order to call it: `parse_integrity` for configuration, `parse_sri` for what comes over
// the wire; then `hex()` for ETags and `sri()` for the page.
//
// O(length), no allocation while parsing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "portcullis/codes.hpp"

namespace portcullis {

/// The one algorithm that is taken.
inline constexpr std::string_view kIntegrityAlgorithm = "sha256";

struct Integrity {
  std::array<std::uint8_t, 32> digest{};

  /// 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;
  /// "sha256-" and 44 characters of base64: what the wire carries and a browser reads.
  [[nodiscard]] std::string sri() const;

  friend bool operator==(const Integrity& a, const Integrity& b) noexcept {
    return a.digest == b.digest;
  }
  friend bool operator!=(const Integrity& a, const Integrity& b) noexcept { return !(a == b); }
};

/// Both spellings. Code::kAllowed when `out` was set; on every other code `out` is untouched:
/// kIntegrityEmpty, kIntegrityMultiple, kIntegrityUnsupportedAlgorithm, kIntegrityWrongLength,
/// kIntegrityNotCanonical, kIntegrityMalformed.
[[nodiscard]] Code parse_integrity(std::string_view text, Integrity& out) noexcept;

/// The wire's spelling only: sha256:HEX is kIntegrityNotSri, because a browser would ignore it.
[[nodiscard]] Code parse_sri(std::string_view text, Integrity& out) noexcept;

}  // namespace portcullis
