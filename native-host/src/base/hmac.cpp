#include "base/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <stdexcept>

#include "base/encoding.hpp"

namespace portcullis::bff {

namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

/// Fetched once: a look-up in OpenSSL's providers costs more than a MAC.
EVP_MAC* hmac() {
  static const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  return mac.get();
}

}  // namespace

struct HmacKey::Context {
  MacContext prepared;  // holds the hashed key blocks; only ever copied
};

HmacKey::HmacKey(std::span<const std::uint8_t> secret) : context_(std::make_unique<Context>()) {
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 2> params{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  context_->prepared.reset(hmac() == nullptr ? nullptr : EVP_MAC_CTX_new(hmac()));
  if (!context_->prepared ||
      EVP_MAC_init(context_->prepared.get(), secret.data(), secret.size(), params.data()) != 1) {
    throw std::runtime_error("OpenSSL has no HMAC-SHA-256");
  }
}

HmacKey::~HmacKey() = default;

Mac HmacKey::mac(std::string_view text) const {
  const MacContext context(EVP_MAC_CTX_dup(context_->prepared.get()));
  Mac out{};
  std::size_t size = 0;
  if (!context ||
      EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size()) != 1 ||
      EVP_MAC_final(context.get(), out.data(), &size, out.size()) != 1 || size != out.size()) {
    throw std::runtime_error("HMAC-SHA-256 failed");
  }
  return out;
}

bool HmacKey::verify(std::string_view text, std::string_view shown) const {
  return equal_constant_time(base64url_encode(mac(text)), shown);
}

}  // namespace portcullis::bff
