// An operator's public key: ECDSA over P-256 with SHA-256, and nothing else.
//
// The cryptography is OpenSSL's. What is decided here is what counts as a key: one PEM block
// "PUBLIC KEY" (SPKI, RFC 5480), which is what `cosign generate-key-pair`, `portcullis keygen` and
// `openssl ec -pubout` write; on the named curve prime256v1, with its point uncompressed and on the
// curve. A file with a private key in it is refused: such a file has no business on a server.
//
// verify() takes what `cosign sign-blob --key` makes: an ASN.1 DER ECDSA signature over the
// SHA-256 of the bytes (FIPS 186-5). OpenSSL takes one encoding of (r, s) only, the DER one, and
// both r and s have to lie in [1, n-1]. (r, n-s) is as good as (r, s): nothing here keys on a
// signature's bytes.
//
// Immutable; safe from any thread. Never throws.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace portcullis::bff {

class PublicKey {
 public:
  /// Or the sentence that says what is wrong with the text.
  [[nodiscard]] static std::variant<PublicKey, std::string> from_pem(std::string_view pem);

  /// SHA-256 of the SPKI DER, as 64 lower-case hexadecimal digits.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

  /// Whether `der` is a signature of this key over what has this SHA-256.
  [[nodiscard]] bool verify(const std::array<std::uint8_t, 32>& sha256, std::string_view der) const;

 private:
  struct Handle;  ///< an EVP_PKEY
  PublicKey(std::shared_ptr<const Handle> handle, std::string id)
      : handle_(std::move(handle)), id_(std::move(id)) {}
  std::shared_ptr<const Handle> handle_;
  std::string id_;
};

}  // namespace portcullis::bff
