#include "domain/public_key.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/sha256.hpp"

namespace portcullis::bff {

namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// OpenSSL's error queue is per thread; leftover errors would be found by later calls.
struct ForgetErrors {
  ~ForgetErrors() { ERR_clear_error(); }
};

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kBlock = "-----BEGIN PUBLIC KEY-----";

/// The SPKI of an uncompressed point on P-256: 26 bytes of header, 0x04, x and y.
constexpr std::size_t kSpkiBytes = 91;

std::string spki_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::string out;
  if (size > 0) out.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

bool is_p256(EVP_PKEY* key) {
  char group[32] = {};
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
         std::string_view(group, size) == SN_X9_62_prime256v1;
}

}  // namespace

struct PublicKey::Handle {
  Owned<EVP_PKEY> key;
};

std::variant<PublicKey, std::string> PublicKey::from_pem(std::string_view pem) {
  const ForgetErrors forget;
  if (pem.find("PRIVATE KEY-----") != pem.npos) {
    return "it holds a private key; only the public one belongs on a server";
  }
  const std::size_t begin = pem.find(kBegin);
  if (begin == pem.npos || pem.substr(begin, kBlock.size()) != kBlock) {
    return "it is no public key as PEM (-----BEGIN PUBLIC KEY-----)";
  }
  if (pem.find(kBegin, begin + 1) != pem.npos) {
    return "it holds more than one PEM block; a file is one key";
  }
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return "there is no memory to read it";
  Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!key) return "its public key cannot be read";
  if (!is_p256(key.get())) return "its key is not of the curve P-256 (prime256v1)";
  const std::string spki = spki_of(key.get());
  // A compressed point, or explicit curve parameters: the same key would get another id.
  if (spki.size() != kSpkiBytes) return "its key is not a named curve with an uncompressed point";
  const Owned<EVP_PKEY_CTX> check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (!check || EVP_PKEY_public_check(check.get()) != 1) return "its point is not on the curve";
  return PublicKey(std::make_shared<const Handle>(Handle{std::move(key)}), sha256_hex(spki));
}

bool PublicKey::verify(const std::array<std::uint8_t, 32>& sha256, std::string_view der) const {
  const ForgetErrors forget;
  const Owned<EVP_PKEY_CTX> context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, handle_->key.get(), nullptr));
  return context && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
         EVP_PKEY_verify(context.get(), reinterpret_cast<const unsigned char*>(der.data()),
                         der.size(), sha256.data(), sha256.size()) == 1;
}

}  // namespace portcullis::bff
