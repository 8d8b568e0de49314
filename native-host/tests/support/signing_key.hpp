// A key pair for one test, created by OpenSSL on demand, that signs like cosign.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>

#include "domain/public_key.hpp"

namespace portcullis::bff::testing {

class SigningKey {
 public:
  explicit SigningKey(const char* curve = "P-256") : key_(EVP_EC_gen(curve), EVP_PKEY_free) {}
  explicit SigningKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}

  EVP_PKEY* get() const { return key_.get(); }

  std::string pem() const {
    return text([&](BIO* out) { PEM_write_bio_PUBKEY(out, key_.get()); });
  }
  std::string private_pem() const {
    return text([&](BIO* out) {
      PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  std::string id() const { return std::get<PublicKey>(PublicKey::from_pem(pem())).id(); }

  /// The ASN.1 DER signature over the SHA-256 of `bytes`.
  std::string der(std::string_view bytes) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    std::string out(256, '\0');
    std::size_t size = out.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    out.resize(size);
    return out;
  }
  std::string sign(std::string_view bytes) const { return base64(der(bytes)); }

  static std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
  }

 private:
  template <class Write>
  static std::string text(Write write) {
    const std::unique_ptr<BIO, void (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free_all);
    write(out.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

}  // namespace portcullis::bff::testing
