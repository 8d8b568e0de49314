#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace portcullis::bff {
namespace {

std::vector<std::uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }

TEST(Encoding, EncodesBase64UrlWithoutPadding) {
  EXPECT_EQ(base64url_encode(bytes("")), "");
  EXPECT_EQ(base64url_encode(bytes("f")), "Zg");
  EXPECT_EQ(base64url_encode(bytes("fo")), "Zm8");
  EXPECT_EQ(base64url_encode(bytes("foo")), "Zm9v");
  EXPECT_EQ(base64url_encode(bytes("\xfb\xff\xfe")), "-__-");
}

TEST(Encoding, DecodesOnlyCanonicalBase64Url) {
  EXPECT_EQ(base64url_decode("Zm8"), "fo");
  EXPECT_EQ(base64url_decode(""), "");
  for (const char* text : {"Zm8=", "Z", "Zm9v+", "Zm/v", "Zm9", "Zh", " Zm8", "Zm8\n"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
}

TEST(Encoding, WritesAndReadsBase64WithPadding) {
  for (const auto& [plain, text] :
       {std::pair{"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"\xfb\xff", "+/8="}}) {
    EXPECT_EQ(base64_encode(plain), text);
    EXPECT_EQ(base64_decode(text), plain);
  }
  EXPECT_EQ(base64_encode(""), "");
  for (const char* text : {"", "Zg", "Zg=", "Zh==", "-_8=", "Zm9v\n", "Z===", "===="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(Encoding, WritesDigitsInTheCaseOfTheirUse) {
  std::string out;
  append_hex(out, 0xaf);
  append_percent(out, 0xaf);
  EXPECT_EQ(out, "af%AF");
}

TEST(Encoding, ComparesInConstantTimeAndCorrectly) {
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_FALSE(equal_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_constant_time("secret", "secre"));
}

}  // namespace
}  // namespace portcullis::bff
