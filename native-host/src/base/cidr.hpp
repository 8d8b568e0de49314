// Address ranges ("10.0.0.0/8", "::1"), for `trusted_proxies`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::bff {

/// An IP address range. Immutable; thread-safe.
class Cidr {
 public:
  /// Parses an address with an optional prefix length. Bits after the prefix must be zero: a
  /// mistyped range would trust other addresses than intended. Nullopt if invalid.
  static std::optional<Cidr> parse(std::string_view text);

  /// Whether the textual address is in the range; false if it is not an address. IPv4-mapped IPv6
  /// addresses count as IPv4.
  bool contains(std::string_view address) const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  int prefix_ = 128;  ///< in bits of the 16 bytes; IPv4 is mapped into ::ffff:0:0/96
};

}  // namespace portcullis::bff
