#include "domain/public_key.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/content.hpp"
#include "base/sha256.hpp"
#include "signing_key.hpp"

namespace portcullis::bff {
namespace {

using testing::SigningKey;

std::string refusal(const std::string& pem) {
  const auto key = PublicKey::from_pem(pem);
  return std::holds_alternative<PublicKey>(key) ? "" : std::get<std::string>(key);
}

PublicKey key_of(const SigningKey& key) {
  return std::get<PublicKey>(PublicKey::from_pem(key.pem()));
}

TEST(PublicKey, VerifiesSignaturesOfItsPrivateKey) {
  const SigningKey pair;
  const PublicKey key = key_of(pair);
  EXPECT_EQ(key.id().size(), 64U);
  EXPECT_TRUE(key.verify(sha256("bundle"), pair.der("bundle")));
  EXPECT_FALSE(key.verify(sha256("bundle "), pair.der("bundle")));
  EXPECT_FALSE(key.verify(sha256("bundle"), SigningKey().der("bundle")));
  EXPECT_FALSE(key.verify(sha256("bundle"), ""));
}

TEST(PublicKey, AcceptsOnlyOneEncodingOfASignature) {
  const SigningKey pair;
  const PublicKey key = key_of(pair);
  std::string der = pair.der("bundle");
  ASSERT_TRUE(key.verify(sha256("bundle"), der));
  EXPECT_FALSE(key.verify(sha256("bundle"), der + '\0')) << "trailing bytes";
  EXPECT_FALSE(key.verify(sha256("bundle"), der.substr(0, der.size() - 1)));
  std::string long_length = der;
  long_length.insert(1, 1, '\x81');  // BER: a two-byte length where one is enough
  EXPECT_FALSE(key.verify(sha256("bundle"), long_length));
  // r = s = 0, and r = s = n, which is also 0.
  EXPECT_FALSE(key.verify(sha256("bundle"), std::string("\x30\x06\x02\x01\x00\x02\x01\x00", 8)));
}

TEST(PublicKey, AcceptsOnlyOneP256Key) {
  const SigningKey good;
  EXPECT_EQ(refusal(good.pem()), "");
  EXPECT_NE(refusal(""), "");
  EXPECT_NE(refusal("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), "");
  EXPECT_NE(refusal(good.pem() + SigningKey().pem()).find("more than one"), std::string::npos);
  EXPECT_NE(refusal(good.private_pem()).find("private"), std::string::npos);
  EXPECT_NE(refusal(good.pem() + good.private_pem()).find("private"), std::string::npos);
  for (const char* curve : {"P-384", "secp256k1", "P-224"}) {
    EXPECT_NE(refusal(SigningKey(curve).pem()).find("P-256"), std::string::npos) << curve;
  }
  EXPECT_NE(refusal(SigningKey(EVP_RSA_gen(2048)).pem()).find("P-256"), std::string::npos);
  EXPECT_NE(refusal(SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")).pem()).find("P-256"),
            std::string::npos);
}

TEST(PublicKey, HasOneCanonicalForm) {
  // The same point, compressed, would have another id.
  const SigningKey pair;
  EVP_PKEY_set_utf8_string_param(pair.get(), "point-format", "compressed");
  EXPECT_NE(refusal(pair.pem()).find("uncompressed"), std::string::npos);
}

// Rows of C2SP/wycheproof, if available: WYCHEPROOF_DIR is its folder testvectors_v1.
TEST(PublicKey, PassesWycheproof) {
  const char* folder = std::getenv("WYCHEPROOF_DIR");
  if (folder == nullptr) GTEST_SKIP() << "WYCHEPROOF_DIR names no folder";
  std::ifstream in(std::string(folder) + "/ecdsa_secp256r1_sha256_test.json");
  const auto suite = nlohmann::json::parse(in);
  const auto bytes = [](const std::string& hex) {
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return out;
  };
  int rows = 0;
  for (const auto& group : suite["testGroups"]) {
    const auto key = PublicKey::from_pem(group["publicKeyPem"].get<std::string>());
    ASSERT_TRUE(std::holds_alternative<PublicKey>(key)) << std::get<std::string>(key);
    for (const auto& row : group["tests"]) {
      const bool expected = row["result"] == "valid";
      EXPECT_EQ(std::get<PublicKey>(key).verify(sha256(bytes(row["msg"])), bytes(row["sig"])),
                expected)
          << row["tcId"] << ' ' << row["comment"];
      ++rows;
    }
  }
  EXPECT_EQ(rows, suite["numberOfTests"]);
  RecordProperty("rows", rows);
}

}  // namespace
}  // namespace portcullis::bff
