#include "portcullis/utf8.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "exact_copy.hpp"

namespace portcullis {
namespace {

// "\x" consumes as many hexadecimal digits as follow, so literals are split before digits.
constexpr const char* kR = "\xEF\xBF\xBD";
std::string replacements(int count) {
  std::string text;
  while (count-- > 0) text += kR;
  return text;
}

TEST(Utf8, ReplacesEachMaximalInvalidPart) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", ""},
      {"plain", "plain"},
      {"\xC3\xBC", "\xC3\xBC"},
      {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},  // U+10FFFF
      {"\xEE\x80\x80", "\xEE\x80\x80"},          // just above the surrogates
      {"\xED\x9F\xBF", "\xED\x9F\xBF"},          // just below them
      {"\x80", replacements(1)},
      {"\xC3", replacements(1)},
      {"\xC1\xBF", replacements(2)},          // overlong
      {"\xE0\x9F\xBF", replacements(3)},      // overlong
      {"\xF0\x8F\xBF\xBF", replacements(4)},  // overlong
      {"\xED\xA0\x80", replacements(3)},      // a surrogate
      {"\xF4\x90\x80\x80", replacements(4)},  // above U+10FFFF
      {"\xF5\x80", replacements(2)},          // not a valid first byte
      {"\xE2\x82", replacements(1)},          // cut short
      {"\xF0\x9F\x98", replacements(1)},      // cut short
      {"\xE2\x82z", replacements(1) + "z"},   // the byte that ends the sequence is kept
      {"\xE2\xE2\x82\xAC", replacements(1) + "\xE2\x82\xAC"},
      {"a\xFF\xFE"
       "b",
       "a" + replacements(2) + "b"},
  };
  for (const auto& [bytes, expected] : rows) {
    for (const std::string& before : {std::string(), std::string(7, '.'), std::string(33, '.')}) {
      const ExactCopy copy(before + bytes);
      std::string out = "kept ";
      utf8::append_lossy(copy.view(), out);
      EXPECT_EQ(out, "kept " + before + expected);
      EXPECT_EQ(utf8::is_valid(copy.view()), before + bytes == before + expected);
    }
  }
}

TEST(Utf8, FindsAHighByteAtAnyOffset) {
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string ascii(size, '\x7F');
    EXPECT_TRUE(utf8::is_valid(ExactCopy(ascii).view())) << size;
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = ascii;
      other[at] = '\x80';
      EXPECT_FALSE(utf8::is_valid(ExactCopy(other).view())) << size << " at " << at;
    }
  }
}

TEST(Utf8, CountsAsJavaScriptDoes) {
  EXPECT_EQ(utf8::utf16_length(""), 0u);
  EXPECT_EQ(utf8::utf16_length("abc"), 3u);
  EXPECT_EQ(utf8::utf16_length("\xE3\x80\x80"), 1u);
  EXPECT_EQ(utf8::utf16_length("\xF0\x9F\x98\x80"), 2u);
  EXPECT_EQ(utf8::utf16_length("\xFFz"), 2u);
}

TEST(Utf8, DecodesOneCodePoint) {
  std::size_t length = 0;
  EXPECT_EQ(utf8::decode_at("a\xE2\x82\xAC", 1, length), U'\u20AC');
  EXPECT_EQ(length, 3u);
  EXPECT_EQ(utf8::decode_at("\xE2\x82", 0, length), U'\uFFFD');
  EXPECT_EQ(length, 2u);
}

}  // namespace
}  // namespace portcullis
