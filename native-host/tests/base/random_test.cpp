#include "base/random.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace portcullis::bff {
namespace {

std::vector<std::uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }

TEST(Random, EncodesBase64UrlWithoutPadding) {
  EXPECT_EQ(base64url_encode(bytes("")), "");
  EXPECT_EQ(base64url_encode(bytes("f")), "Zg");
  EXPECT_EQ(base64url_encode(bytes("fo")), "Zm8");
  EXPECT_EQ(base64url_encode(bytes("foo")), "Zm9v");
  EXPECT_EQ(base64url_encode(bytes("\xfb\xff\xfe")), "-__-");
}

TEST(Random, DecodesOnlyCanonicalBase64Url) {
  EXPECT_EQ(base64url_decode("Zm8"), "fo");
  EXPECT_EQ(base64url_decode(""), "");
  for (const char* text : {"Zm8=", "Z", "Zm9v+", "Zm/v", "Zm9", "Zh", " Zm8", "Zm8\n"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
}

TEST(Random, TokensDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = random_token();
    EXPECT_EQ(token.size(), 43U);
    EXPECT_TRUE(seen.insert(token).second);
    const std::string id = random_request_id();
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(Random, ComparesInConstantTimeAndCorrectly) {
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_FALSE(equal_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_constant_time("secret", "secre"));
}

}  // namespace
}  // namespace portcullis::bff
