#include "adapters/yaml/yaml.hpp"

#include <gtest/gtest.h>

#include "config_folder.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::Lines;

Lines problems_of(std::string_view text) {
  std::vector<ConfigProblem> problems;
  // An exact-size copy, so that reads beyond it are detected.
  const std::vector<char> copy(text.begin(), text.end());
  const auto root = parse_yaml({copy.data(), copy.size()}, "f", problems);
  EXPECT_EQ(root.has_value(), problems.empty());
  return brief(problems);
}

std::string json_of(std::string_view text) {
  std::vector<ConfigProblem> problems;
  const auto root = parse_yaml(text, "f", problems);
  return root ? yaml_to_json(*root) : brief(problems).at(0);
}

TEST(Yaml, ReportsThePositionOfSyntaxErrors) {
  // The position of the unclosed bracket, not of the end of the file.
  EXPECT_EQ(problems_of("a: 1\nb: [1, 2\n"), Lines{"f:2:4 CONFIG_YAML_SYNTAX"});
}

TEST(Yaml, RejectsUnclosedQuotes) {
  for (const char* text :
       {"a: \"open", "a: \"open\n", "a: \"open\nb: 1\n", "- 'x\n\n", "a: \"x \\\n"}) {
    EXPECT_EQ(problems_of(text).size(), 1u) << text;
  }
  EXPECT_EQ(json_of("a: |\n  x\n"), R"({"a":"x\u000a"})");
  EXPECT_EQ(json_of("a: |+\n  x\n\n"), R"({"a":"x\u000a\u000a"})");
  EXPECT_EQ(json_of("a: plain\n...\n"), R"({"a":"plain"})");
}

TEST(Yaml, RejectsAnchorsAliasesTagsAndSecondDocuments) {
  EXPECT_EQ(problems_of("a: &x 1\n"), Lines{"f:1:4 CONFIG_YAML_ALIAS"});
  EXPECT_EQ(problems_of("a: &x [1]\nb: *x\n"), Lines{"f:1:4 CONFIG_YAML_ALIAS"});
  EXPECT_EQ(problems_of("a: !!binary aGk=\n"), Lines{"f:1:4 CONFIG_YAML_ALIAS"});
  EXPECT_EQ(problems_of("a: 1\n---\nb: 2\n"), Lines{"f:2:1 CONFIG_YAML_ALIAS"});
}

TEST(Yaml, RejectsAliasBombsBeforeTheyGrow) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) bomb += "," + before;
    bomb += "]\n";
  }
  EXPECT_EQ(problems_of(bomb), Lines{"f:1:5 CONFIG_YAML_ALIAS"});
}

TEST(Yaml, RejectsDeepNesting) {
  const std::string deep =
      std::string(limits::kMaxConfigDepth + 1, '[') + std::string(limits::kMaxConfigDepth + 1, ']');
  EXPECT_EQ(problems_of(deep),
            Lines{"f:1:" + std::to_string(limits::kMaxConfigDepth + 1) + " CONFIG_TOO_LARGE"});
  EXPECT_EQ(problems_of(std::string(200'000, '[')).size(), 1u);
  EXPECT_EQ(problems_of(std::string(200'000, '{')).size(), 1u);
  std::string fits(limits::kMaxConfigDepth, '[');
  fits += std::string(limits::kMaxConfigDepth, ']');
  EXPECT_EQ(problems_of(fits), Lines{});
}

TEST(Yaml, RejectsDuplicateKeys) {
  EXPECT_EQ(problems_of("a: 1\nb: { c: 1, d: 2, c: 3 }\na: 2\n"),
            (Lines{"f:2:18 CONFIG_DUPLICATE", "f:3:1 CONFIG_DUPLICATE"}));
  EXPECT_EQ(problems_of("a: 1\n\"a\": 2\n"), Lines{"f:2:1 CONFIG_DUPLICATE"});
}

TEST(Yaml, RejectsKeysThatAreNotText) {
  EXPECT_EQ(problems_of("[a]: 1\n").size(), 1u);
  EXPECT_EQ(problems_of("? {a: 1}\n: 1\n").size(), 1u);
  EXPECT_EQ(problems_of("~: 1\n"), Lines{"f:1:1 CONFIG_WRONG_TYPE"});
}

TEST(Yaml, RejectsInvalidBytes) {
  EXPECT_EQ(problems_of("a: 1\nb: \x04\nc: 2\n"), Lines{"f:2:4 CONFIG_YAML_SYNTAX"});
  EXPECT_EQ(problems_of(std::string_view("a: \0b\n", 6)), Lines{"f:1:4 CONFIG_YAML_SYNTAX"});
  EXPECT_EQ(problems_of("a: b\nc: \xff\n"), Lines{"f:2:4 CONFIG_YAML_SYNTAX"});
  EXPECT_EQ(problems_of("\xff\xfe"
                        "a"),
            Lines{"f:1:1 CONFIG_YAML_SYNTAX"});
}

TEST(Yaml, RejectsFilesOverTheLimit) {
  EXPECT_EQ(problems_of(std::string(limits::kMaxConfigFileBytes + 1, '#')),
            Lines{"f:0:0 CONFIG_TOO_LARGE"});
}

TEST(Yaml, NeverThrowsOnTruncatedText) {
  const std::string text =
      "tenants:\n  localhost:\n    - { id: \"a\\u00e9\", list: [1, 2, {x: 'y'}] }\n    - |\n      "
      "t\n";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    std::vector<ConfigProblem> problems;
    const std::vector<char> copy(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i));
    const auto root = parse_yaml({copy.data(), copy.size()}, "f", problems);
    EXPECT_EQ(root.has_value(), problems.empty()) << i;
  }
}

TEST(Yaml, ConvertsToJsonByTheCoreSchema) {
  EXPECT_EQ(json_of("{a: true, b: False, c: null, d: ~, e: }"),
            R"({"a":true,"b":false,"c":null,"d":null,"e":null})");
  EXPECT_EQ(json_of("[1, -2.50, 1e3, 0]"), "[1,-2.50,1e3,0]");
  EXPECT_EQ(json_of("[\"1.0\", 'true', \"null\"]"), R"(["1.0","true","null"])");
  EXPECT_EQ(json_of("[010, +1, 0x1f, 1., .5, .inf, yes, no, 1.0.0, 2026-01-01]"),
            R"(["010","+1","0x1f","1.",".5",".inf","yes","no","1.0.0","2026-01-01"])");
  EXPECT_EQ(json_of("a: |\n  x \"y\"\n  \\z\n"), R"({"a":"x \"y\"\u000a\\z\u000a"})");
  EXPECT_EQ(json_of("\"\\x01\\t\""), R"("\u0001\u0009")");
  EXPECT_EQ(json_of(""), "null");
}

TEST(Yaml, MapsJsonPointersBackToPlaces) {
  const std::string text = "tenants:\n  \"a/b\":\n    - id: x\n      list:\n        - one\n";
  std::vector<ConfigProblem> problems;
  const auto root = parse_yaml(text, "f", problems);
  ASSERT_TRUE(root);
  const auto at = [&](std::string_view pointer) {
    const Location where = locate(*root, pointer, "f");
    return std::to_string(where.line) + ':' + std::to_string(where.column);
  };
  EXPECT_EQ(at(""), "1:1");
  EXPECT_EQ(at("/tenants"), "1:1");
  EXPECT_EQ(at("/tenants/a~1b"), "2:3");
  EXPECT_EQ(at("/tenants/a~1b/0"), "3:7");
  EXPECT_EQ(at("/tenants/a~1b/0/id"), "3:11");
  EXPECT_EQ(at("/tenants/a~1b/0/list"), "4:7");
  EXPECT_EQ(at("/tenants/a~1b/0/list/0"), "5:11");
  EXPECT_EQ(at("/tenants/a~1b/0/absent"), "3:7");
  EXPECT_EQ(at("/tenants/a~1b/7"), "2:3");
  EXPECT_EQ(at("/tenants/a~1b/0/id/deeper"), "3:11");
}

}  // namespace
}  // namespace portcullis::bff
