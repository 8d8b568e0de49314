#include "base/strict_json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

Code code(std::string_view text, std::size_t max_bytes = 1 << 20, std::size_t max_depth = 4) {
  const std::vector<char> copy(text.begin(), text.end());
  nlohmann::json out;
  return parse_strict_json({copy.data(), copy.size()}, max_bytes, max_depth, out);
}

TEST(StrictJson, AcceptsOnlyJson) {
  EXPECT_EQ(code(R"({"a":[1,2.5,"x",null,true]})"), Code::kAllowed);
  EXPECT_EQ(code(R"({"a":{"k":1},"b":{"k":1}})"), Code::kAllowed);
  for (const std::string_view text :
       {"", " ", "{", "{} {}", "{'a':1}", "[1,]", "nul", "1e999", "\"\xff\"", "// x\n1"}) {
    EXPECT_EQ(code(text), Code::kJsonSyntax) << text;
  }
  EXPECT_EQ(code(std::string_view("1\0", 2)), Code::kJsonSyntax);
}

TEST(StrictJson, RejectsDuplicateKeys) {
  EXPECT_EQ(code(R"({"a":1,"a":1})"), Code::kJsonDuplicateKey);
  EXPECT_EQ(code(R"([{"b":{"a":1,"\u0061":2}}])"), Code::kJsonDuplicateKey);
}

TEST(StrictJson, RejectsDeepOrLargeTexts) {
  EXPECT_EQ(code("[[[[]]]]"), Code::kAllowed);
  EXPECT_EQ(code("[[[[[]]]]]"), Code::kJsonTooDeep);
  EXPECT_EQ(code("[[[[{}]]]]"), Code::kJsonTooDeep);
  EXPECT_EQ(code(std::string(1'000'000, '[')), Code::kJsonTooDeep);
  EXPECT_EQ(code("12345", 4), Code::kJsonTooLarge);
}

std::string object_of(std::size_t keys) {
  std::string text = "{";
  for (std::size_t i = 0; i < keys; ++i) {
    text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
  }
  return text + "}";
}

TEST(StrictJson, RejectsObjectsWithTooManyKeys) {
  constexpr std::size_t kMost = limits::kMaxJsonKeys;
  EXPECT_EQ(code(object_of(kMost)), Code::kAllowed);
  EXPECT_EQ(code('[' + object_of(kMost) + ',' + object_of(kMost) + ']'), Code::kAllowed);
  nlohmann::json out;
  std::string detail;
  const std::string text = R"({"x":1,"a/b":[0,[],{"y":{}},)" + object_of(kMost + 1) + "]}";
  EXPECT_EQ(parse_strict_json(text, 1 << 20, 8, out, &detail), Code::kJsonTooManyKeys);
  EXPECT_EQ(detail, "the object at /a~1b/3 has more than 1024 keys");
  EXPECT_EQ(parse_strict_json(object_of(kMost + 1), 1 << 20, 8, out, &detail),
            Code::kJsonTooManyKeys);
  EXPECT_EQ(detail, "the outermost object has more than 1024 keys");
}

TEST(StrictJson, ReportsTheProblemAndItsPosition) {
  const auto said = [](std::string_view text) {
    nlohmann::json out;
    std::string detail;
    (void)parse_strict_json(text, 64, 2, out, &detail);
    return detail;
  };
  EXPECT_EQ(said(R"({"a":[2],"b":{"c":1,"c":2}})"), "duplicate key /b/c; remove one of the two");
  EXPECT_EQ(said("[[[]]]"), "it is nested deeper than 2 levels");
  EXPECT_EQ(said(R"({"a":tru})"), "it is not JSON at byte 9");
  EXPECT_EQ(said(std::string_view("[1]\0", 4)), "it is not JSON at byte 4");
  EXPECT_EQ(said(std::string(65, ' ')), "it is larger than 64 bytes");
}

// Half a minute and more while nlohmann's parser callback was in use.
TEST(StrictJson, ReadsALongArrayInLinearTime) {
  std::string text = "[{}";
  while (text.size() < 1'000'000) text += ",{}";
  EXPECT_EQ(code(text + ']'), Code::kAllowed);
}

}  // namespace
}  // namespace portcullis::bff
