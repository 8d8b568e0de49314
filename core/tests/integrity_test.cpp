#include "portcullis/integrity.hpp"

#include <gtest/gtest.h>

#include <string>

#include "exact_copy.hpp"

namespace portcullis {
namespace {

// SHA-256 of the empty text.
constexpr const char* kHex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kSri = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

Code parse(const std::string& text) {
  Integrity out;
  return parse_integrity(ExactCopy(text).view(), out);
}

TEST(Integrity, ParsesBothSpellings) {
  Integrity from_hex;
  Integrity from_sri;
  ASSERT_EQ(parse_integrity(std::string("sha256:") + kHex, from_hex), Code::kAllowed);
  ASSERT_EQ(parse_integrity(kSri, from_sri), Code::kAllowed);
  EXPECT_EQ(from_hex, from_sri);
  EXPECT_EQ(from_hex.hex(), kHex);
  EXPECT_EQ(from_hex.sri(), kSri);
  EXPECT_EQ(from_hex.digest[0], 0xE3);
  EXPECT_EQ(from_hex.digest[31], 0x55);
}

TEST(Integrity, RoundTrips) {
  for (int seed = 0; seed < 256; ++seed) {
    Integrity hash;
    for (std::size_t i = 0; i < hash.digest.size(); ++i) {
      hash.digest[i] = static_cast<std::uint8_t>(seed * 7 + static_cast<int>(i * i) * 13);
    }
    Integrity read;
    ASSERT_EQ(parse_sri(ExactCopy(hash.sri()).view(), read), Code::kAllowed);
    EXPECT_EQ(read, hash);
    ASSERT_EQ(parse_integrity(ExactCopy("sha256:" + hash.hex()).view(), read), Code::kAllowed);
    EXPECT_EQ(read, hash);
  }
}

TEST(Integrity, AcceptsOnlyTheCanonicalSpelling) {
  // Every other last character encodes the same 43 digits of hash or a different hash.
  std::string text = kSri;
  int taken = 0;
  for (int c = 0; c < 256; ++c) {
    text[text.size() - 2] = static_cast<char>(c);
    taken += parse(text) == Code::kAllowed ? 1 : 0;
  }
  EXPECT_EQ(taken, 16);  // four bits of the hash, two that must be zero
}

TEST(Integrity, RejectsAnySingleByteChange) {
  const std::string text = kSri;
  Integrity original;
  ASSERT_EQ(parse_integrity(text, original), Code::kAllowed);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string changed = text;
      changed[at] = static_cast<char>(c);
      if (changed == text) continue;
      Integrity out;
      if (parse_integrity(changed, out) == Code::kAllowed) {
        EXPECT_NE(out, original) << changed;
        EXPECT_GE(at, 7u) << changed;
      }
    }
  }
}

TEST(Integrity, ReportsTheReason) {
  const std::string hex = kHex;
  EXPECT_EQ(parse(""), Code::kIntegrityEmpty);
  EXPECT_EQ(parse("\t "), Code::kIntegrityEmpty);
  EXPECT_EQ(parse(hex), Code::kIntegrityMalformed);
  EXPECT_EQ(parse("sha256:" + hex.substr(2)), Code::kIntegrityWrongLength);
  EXPECT_EQ(parse("sha256:" + hex.substr(2) + "zz"), Code::kIntegrityMalformed);
  EXPECT_EQ(parse("sha384:" + hex), Code::kIntegrityUnsupportedAlgorithm);
  EXPECT_EQ(parse("Sha256:" + hex), Code::kIntegrityMalformed);
  EXPECT_EQ(parse("sha_256:" + hex), Code::kIntegrityMalformed);
  EXPECT_EQ(parse(std::string(kSri) + " " + kSri), Code::kIntegrityMultiple);
  EXPECT_EQ(parse(std::string(kSri) + "?x"), Code::kIntegrityMultiple);
  EXPECT_EQ(parse(std::string(kSri) + " "), Code::kIntegrityMalformed);
  EXPECT_EQ(parse(std::string(kSri) + "="), Code::kIntegrityNotCanonical);
}

TEST(Integrity, LeavesTheResultUnchangedOnError) {
  Integrity out;
  ASSERT_EQ(parse_integrity(kSri, out), Code::kAllowed);
  const Integrity before = out;
  EXPECT_NE(parse_integrity("sha256:" + std::string(63, '0') + "x", out), Code::kAllowed);
  EXPECT_NE(parse_integrity("sha256-" + std::string(42, 'A') + "B=", out), Code::kAllowed);
  EXPECT_EQ(out, before);
}

TEST(Integrity, AcceptsOnlySriFromTheWire) {
  Integrity out;
  EXPECT_EQ(parse_sri(kSri, out), Code::kAllowed);
  EXPECT_EQ(parse_sri(std::string("sha256:") + kHex, out), Code::kIntegrityNotSri);
  EXPECT_EQ(parse_sri("sha512:" + std::string(128, '0'), out),
            Code::kIntegrityUnsupportedAlgorithm);
  EXPECT_EQ(parse_sri("", out), Code::kIntegrityEmpty);
}

}  // namespace
}  // namespace portcullis
