#include "domain/trust.hpp"

#include <gtest/gtest.h>

#include "base/content.hpp"
#include "base/sha256.hpp"
#include "domain/signature_text.hpp"
#include "portcullis/integrity.hpp"
#include "portcullis/limits.hpp"
#include "signing_key.hpp"

namespace portcullis::bff {
namespace {

using std::chrono::hours;
using testing::SigningKey;

const WallTime kNoon = *parse_rfc3339("2030-06-01T12:00:00Z");

TrustedKey trusted(const SigningKey& pair) {
  return {.key = std::get<PublicKey>(PublicKey::from_pem(pair.pem()))};
}

Code vouched(const Trust& trust, const std::string& signature, const std::string& bytes,
             WallTime now = kNoon) {
  return vouch(trust, signature, sha256(bytes), Code::kBundleSignatureInvalid).at(now);
}

TEST(Trust, AcceptsAnyTrustedKey) {
  const SigningKey old_key;
  const SigningKey new_key;
  const Trust trust{.required = true, .keys = {trusted(old_key), trusted(new_key)}};
  EXPECT_EQ(vouched(trust, old_key.sign("x"), "x"), Code::kAllowed);
  EXPECT_EQ(vouched(trust, new_key.sign("x") + "\r\n", "x"), Code::kAllowed);
  EXPECT_EQ(vouch(trust, new_key.sign("x"), sha256("x"), Code::kBundleSignatureInvalid).key_id,
            new_key.id());
  EXPECT_EQ(vouched(trust, SigningKey().sign("x"), "x"), Code::kBundleSignatureInvalid);
  EXPECT_EQ(vouched(trust, new_key.sign("x"), "y"), Code::kBundleSignatureInvalid);
  EXPECT_EQ(vouched({}, new_key.sign("x"), "x"), Code::kBundleSignatureInvalid);
}

TEST(Trust, FollowsTheKeysValidity) {
  const SigningKey pair;
  Trust trust{.required = true, .keys = {trusted(pair)}};
  trust.keys[0].not_before = kNoon;
  trust.keys[0].not_after = kNoon + hours(1);
  const std::string signature = pair.sign("x");
  EXPECT_EQ(vouched(trust, signature, "x", kNoon - std::chrono::milliseconds(1)),
            Code::kSigningKeyNotYetValid);
  EXPECT_EQ(vouched(trust, signature, "x", kNoon), Code::kAllowed);
  EXPECT_EQ(vouched(trust, signature, "x", kNoon + hours(1)), Code::kSigningKeyExpired);
  trust.keys[0].revoked = true;
  EXPECT_EQ(vouched(trust, signature, "x", kNoon), Code::kSigningKeyRevoked);
}

TEST(SignatureStatus, NeedsBothSignaturesAtOnce) {
  const Voucher good;
  const Voucher early{.not_before = kNoon + hours(2)};
  const Voucher late{.not_after = kNoon + hours(3)};
  const Voucher bad{.lasting = Code::kManifestSignatureInvalid};
  const auto at = [](const Voucher& bundle, const Voucher& manifest, WallTime now) {
    SignatureStatus signature_status(bundle, manifest);
    EXPECT_NE(signature_status.code(), Code::kAllowed) << "before the first update";
    signature_status.update(now);
    return signature_status.code();
  };
  EXPECT_EQ(at(good, good, kNoon), Code::kAllowed);
  EXPECT_EQ(at(good, bad, kNoon), Code::kManifestSignatureInvalid);
  EXPECT_EQ(at(early, late, kNoon), Code::kSigningKeyNotYetValid);
  EXPECT_EQ(at(early, late, kNoon + hours(2)), Code::kAllowed);
  EXPECT_EQ(at(early, late, kNoon + hours(3)), Code::kSigningKeyExpired);
  SignatureStatus signature_status(good, late);
  EXPECT_TRUE(signature_status.update(kNoon));
  EXPECT_FALSE(signature_status.update(kNoon + hours(1)));
  EXPECT_TRUE(signature_status.update(kNoon + hours(3)));
  EXPECT_TRUE(signature_status.update(kNoon)) << "the clock was set back";
}

std::string sigstore(const std::string& signature, const std::string& digest,
                     const std::string& algorithm = "SHA2_256") {
  return R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":)"
         R"({"publicKey":{"hint":"aGludA=="},"tlogEntries":[]},"messageSignature":{"messageDigest":)"
         R"({"algorithm":")" +
         algorithm + R"(","digest":")" + digest + R"("},"signature":")" + signature + "\"}}";
}

std::string digest_of(const std::string& bytes) { return Integrity{sha256(bytes)}.sri().substr(7); }

TEST(SignatureText, IsBase64OnALine) {
  const auto hash = sha256("x");
  EXPECT_EQ(read_signature("MAA=", hash), std::string("0\0", 2));
  EXPECT_EQ(read_signature(" MAA=\r\n", hash), std::string("0\0", 2));
  EXPECT_EQ(read_signature("MAAA", hash), std::string("0\0\0", 3));
  for (const char* text : {"", " ", "MAA", "MAB=", "MA-_", "MA A=", "MAA==", "====", "M\nAA="}) {
    EXPECT_FALSE(read_signature(text, hash)) << text;
  }
  EXPECT_FALSE(read_signature(std::string(limits::kMaxSignatureBytes + 4, 'A'), hash));
}

TEST(SignatureText, IsASigstoreBundleOfTheSameBytes) {
  const auto hash = sha256("x");
  EXPECT_EQ(read_signature(sigstore("MAA=", digest_of("x")), hash), std::string("0\0", 2));
  EXPECT_FALSE(read_signature(sigstore("MAA=", digest_of("y")), hash));
  EXPECT_FALSE(read_signature(sigstore("MAA=", digest_of("x"), "SHA2_512"), hash));
  EXPECT_FALSE(read_signature(sigstore("MAB=", digest_of("x")), hash));
  EXPECT_FALSE(read_signature("{}", hash));
  EXPECT_FALSE(read_signature("{", hash));
  // Keyless: a certificate names the signer; only a transparency log would make it trustworthy.
  std::string keyless = sigstore("MAA=", digest_of("x"));
  keyless.replace(keyless.find("publicKey"), 9, "certificate");
  EXPECT_FALSE(read_signature(keyless, hash));
  std::string twice = sigstore("MAA=", digest_of("x"));
  twice.insert(1, R"("mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",)");
  EXPECT_FALSE(read_signature(twice, hash));
}

}  // namespace
}  // namespace portcullis::bff
