// Address ranges ("10.0.0.0/8", "::1"), for `trusted_proxies`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::bff {

class Cidr {
 public:
  /// An address with an optional prefix length. Bits below the prefix have to be zero: a range
  /// that is written wrong would otherwise trust another one than the author thinks of.
  static std::optional<Cidr> parse(std::string_view text);

  /// Whether the textual address lies in the range. IPv4-mapped IPv6 addresses count as IPv4.
  /// False for text that is not an address.
  bool contains(std::string_view address) const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  int prefix_ = 128;  ///< over the 16 bytes; IPv4 is mapped into ::ffff:0:0/96
};

}  // namespace portcullis::bff
