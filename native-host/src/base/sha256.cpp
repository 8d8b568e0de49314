#include "base/sha256.hpp"

#include <openssl/evp.h>

#include "portcullis/integrity.hpp"

namespace portcullis::bff {

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  std::array<std::uint8_t, 32> digest{};
  unsigned length = 0;
  // Fails only if OpenSSL lacks SHA-256 or memory; the digest then stays all zero, which matches no
  // declared hash, so the bundle is rejected.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1 ||
      length != digest.size()) {
    digest.fill(0);
  }
  return digest;
}

std::string sha256_hex(std::string_view bytes) { return Integrity{sha256(bytes)}.hex(); }

}  // namespace portcullis::bff
