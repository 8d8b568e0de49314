// An operator's public key: ECDSA over P-256 with SHA-256 only. Cryptography by OpenSSL.
//
// Accepts one PEM block "PUBLIC KEY" (SPKI, RFC 5480), as written by `cosign generate-key-pair`,
// `portcullis keygen` and `openssl ec -pubout`: named curve prime256v1, uncompressed point on the
// curve. Files that contain a private key are rejected, because private keys do not belong on a
// server.
//
// verify() accepts what `cosign sign-blob --key` makes: an ASN.1 DER ECDSA signature over the
// SHA-256 of the bytes (FIPS 186-5). OpenSSL accepts only the DER encoding of (r, s), with both in
// [1, n-1]. (r, n-s) is as valid as (r, s), so never use a signature's bytes as an identity.
//
// Immutable; thread-safe. Never throws.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace portcullis::bff {

/// A P-256 public key.
class PublicKey {
 public:
  /// Parses a PEM text. Returns one sentence if it is not accepted.
  [[nodiscard]] static std::variant<PublicKey, std::string> from_pem(std::string_view pem);

  /// SHA-256 of the SPKI DER, as 64 lower-case hexadecimal digits.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

  /// Whether `der` is a signature by this key over data with this SHA-256.
  [[nodiscard]] bool verify(const std::array<std::uint8_t, 32>& sha256, std::string_view der) const;

 private:
  struct Handle;  ///< an EVP_PKEY
  PublicKey(std::shared_ptr<const Handle> handle, std::string id)
      : handle_(std::move(handle)), id_(std::move(id)) {}
  std::shared_ptr<const Handle> handle_;
  std::string id_;
};

}  // namespace portcullis::bff
