// HMAC-SHA-256 (RFC 2104, FIPS 180-4) by OpenSSL, with a key that is prepared once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::bff {

using Mac = std::array<std::uint8_t, 32>;

/// Immutable; any number of threads may ask it at once.
class HmacKey {
 public:
  /// Throws std::runtime_error when OpenSSL has no HMAC.
  explicit HmacKey(std::span<const std::uint8_t> secret);
  ~HmacKey();
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;

  [[nodiscard]] Mac mac(std::string_view text) const;
  /// Whether `shown` is the MAC of `text` as base64url. Constant time.
  [[nodiscard]] bool verify(std::string_view text, std::string_view shown) const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace portcullis::bff
