// Integrity strings: parses exactly one SHA-256 hash, in one of two spellings:
//   sha256:HEX      64 hexadecimal digits of either case (used in YAML)
//   sha256-BASE64   one SRI hash (W3C Subresource Integrity, section 3.5), canonical: standard
//                   alphabet, padded, 44 characters, unused bits zero
//
// Rejects other algorithms, lists, options and surrounding white space: a browser skips a hash it
// cannot read and then runs the script unchecked. Hashes nothing itself. O(length); parsing
// allocates nothing. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "portcullis/codes.hpp"

namespace portcullis {

/// The only supported algorithm.
inline constexpr std::string_view kIntegrityAlgorithm = "sha256";

/// A SHA-256 digest.
struct Integrity {
  /// The 32 bytes of the hash.
  std::array<std::uint8_t, 32> digest{};

  /// 64 lower-case hexadecimal digits; used in ETags.
  [[nodiscard]] std::string hex() const;
  /// "sha256-" and 44 base64 characters: the form used on the wire and by browsers.
  [[nodiscard]] std::string sri() const;

  friend bool operator==(const Integrity& a, const Integrity& b) noexcept {
    return a.digest == b.digest;
  }
  friend bool operator!=(const Integrity& a, const Integrity& b) noexcept { return !(a == b); }
};

/// Parses either spelling. Returns kAllowed and sets `out`, or leaves it untouched:
/// kIntegrityEmpty, kIntegrityMultiple, kIntegrityUnsupportedAlgorithm, kIntegrityWrongLength,
/// kIntegrityNotCanonical, kIntegrityMalformed.
[[nodiscard]] Code parse_integrity(std::string_view text, Integrity& out) noexcept;

/// Parses the SRI spelling only; sha256:HEX is kIntegrityNotSri, because a browser would ignore it.
[[nodiscard]] Code parse_sri(std::string_view text, Integrity& out) noexcept;

}  // namespace portcullis
