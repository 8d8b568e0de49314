// HMAC-SHA-256 (RFC 2104, FIPS 180-4) by OpenSSL, with a precomputed key.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::bff {

using Mac = std::array<std::uint8_t, 32>;

/// A prepared key. Immutable; thread-safe.
class HmacKey {
 public:
  /// Throws std::runtime_error if OpenSSL lacks HMAC-SHA-256.
  explicit HmacKey(std::span<const std::uint8_t> secret);
  ~HmacKey();
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;

  /// The MAC of `text`.
  [[nodiscard]] Mac mac(std::string_view text) const;
  /// Whether `shown` is the base64url MAC of `text`. Constant time.
  [[nodiscard]] bool verify(std::string_view text, std::string_view shown) const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace portcullis::bff
