#include "pdp/strict_json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace portcullis::bff {
namespace {

Code code(std::string_view text, std::size_t max_bytes = 1 << 20, std::size_t max_depth = 4) {
  const std::vector<char> copy(text.begin(), text.end());
  nlohmann::json out;
  return parse_strict_json({copy.data(), copy.size()}, max_bytes, max_depth, out);
}

TEST(StrictJson, TakesJsonAndNothingElse) {
  EXPECT_EQ(code(R"({"a":[1,2.5,"x",null,true]})"), Code::kAllowed);
  EXPECT_EQ(code(R"({"a":{"k":1},"b":{"k":1}})"), Code::kAllowed);
  for (const std::string_view text :
       {"", " ", "{", "{} {}", "{'a':1}", "[1,]", "nul", "1e999", "\"\xff\"", "// x\n1"}) {
    EXPECT_EQ(code(text), Code::kJsonSyntax) << text;
  }
  EXPECT_EQ(code(std::string_view("1\0", 2)), Code::kJsonSyntax);
}

TEST(StrictJson, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(code(R"({"a":1,"a":1})"), Code::kJsonDuplicateKey);
  EXPECT_EQ(code(R"([{"b":{"a":1,"\u0061":2}}])"), Code::kJsonDuplicateKey);
}

TEST(StrictJson, RefusesWhatIsTooDeepOrTooLarge) {
  EXPECT_EQ(code("[[[[]]]]"), Code::kAllowed);
  EXPECT_EQ(code("[[[[[]]]]]"), Code::kJsonTooDeep);
  EXPECT_EQ(code("[[[[{}]]]]"), Code::kJsonTooDeep);
  EXPECT_EQ(code(std::string(1'000'000, '[')), Code::kJsonTooDeep);
  EXPECT_EQ(code("12345", 4), Code::kJsonTooLarge);
}

// Half a minute and more while nlohmann's parser callback was in use.
TEST(StrictJson, ReadsALongArrayInLinearTime) {
  std::string text = "[{}";
  while (text.size() < 1'000'000) text += ",{}";
  EXPECT_EQ(code(text + ']'), Code::kAllowed);
}

}  // namespace
}  // namespace portcullis::bff
