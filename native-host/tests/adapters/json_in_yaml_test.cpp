// JSON is accepted wherever a value may occur, as are files of Windows editors.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/yaml/yaml.hpp"
#include "config_folder.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::Lines;

std::string json_of(std::string_view text) {
  std::vector<ConfigProblem> problems;
  const auto root = parse_yaml(text, "f", problems);
  return root ? yaml_to_json(*root) : to_string(problems.at(0));
}

std::string indented(const std::string& text, const std::string& with) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\n" + with : std::string(1, c);
  return out;
}

/// Values that JSON writers produce and some YAML parsers reject.
const std::vector<std::string>& documents() {
  static const std::vector<std::string> kDocuments = {
      R"({"name":"Ship it \ud83d\ude80","more":["\uD83D\uDE80","\\ud83d","\u00e9"]})",
      R"({"a\/b":"x\/y","q?":"?","n":[1,-0.5,1e3,1E-2,0],"e":"","t":true,"z":null})",
      R"(["a: b","- c","# d","{e}","'f'","\"g\"","@h","&i","*j","!k","%l","|m",">n","`o"])",
      R"({"nested":{"deep":[[[{"x":[]}]],{}]},"tab":"a\tb","lines":"a\nb\r\n"})",
      "{\n\t\"tabs\": [\n\t\t1,\n\t\t{\n\t\t\t\"x\": \"y\"\n\t\t}\n\t]\n}",
      "{\"key\"\n:\n1, \"other\" : 2 ,\"third\":3}",
      "{\"" + std::string(3000, 'k') + "\":1,\"x\":\"" + std::string(3000, 'v') + "\"}",
      "{\"" + std::string(3000, 'k') + "\":\"\\ud83d\\ude80 \\u00e4 \\b\\f\"}",
  };
  return kDocuments;
}

TEST(JsonInYaml, IsReadAsAWholeFile) {
  for (const std::string& text : documents()) {
    EXPECT_EQ(nlohmann::json::parse(json_of(text), nullptr, false), nlohmann::json::parse(text))
        << text.substr(0, 80);
  }
}

TEST(JsonInYaml, IsReadAsAValueOfAListOrMap) {
  for (const std::string& text : documents()) {
    const nlohmann::json value = nlohmann::json::parse(text);
    const std::string lists = "x:\n  - " + indented(text, "    ") + "\n  - { a: b } # a comment\n";
    EXPECT_EQ(nlohmann::json::parse(json_of(lists), nullptr, false),
              (nlohmann::json{{"x", {value, {{"a", "b"}}}}}))
        << lists.substr(0, 80);
    const std::string maps = "x: " + text + "\ny: [" + text + ", z]\n";
    EXPECT_EQ(nlohmann::json::parse(json_of(maps), nullptr, false),
              (nlohmann::json{{"x", value}, {"y", {value, "z"}}}))
        << maps.substr(0, 80);
  }
}

TEST(JsonInYaml, LeavesTextThatOnlyLooksLikeJson) {
  const std::string key(2000, 'k');
  // A block scalar that contains JSON, beside JSON that needs the second pass.
  EXPECT_EQ(json_of("a: |\n  {\"x\": 1}\nb: '\\ud83d'\nc: \\ud83d\nd: \"\\ud83d\\ude80\"\n"),
            "{\"a\":\"{\\\"x\\\": 1}\\u000a\",\"b\":\"\\\\ud83d\",\"c\":\"\\\\ud83d\",\"d\":"
            "\"\xf0\x9f\x9a\x80\"}");
  EXPECT_EQ(json_of("a: \xee\xa0\xbd \\uE83D\nb: \"\\ud83d\\ude80\"\n"),
            "{\"a\":\"\xee\xa0\xbd \\\\uE83D\",\"b\":\"\xf0\x9f\x9a\x80\"}");
  EXPECT_NE(json_of("a: |\n  {\"" + key + "\": 1}\nb: {\"" + key + "\": 1}\n").find("f:"),
            std::string::npos);
}

TEST(JsonInYaml, KeepsPositions) {
  const std::string text =
      "x:\n  - {\n\t\"a\": 1,\n\t\"" + std::string(2000, 'k') + "\": [ 2 ]\n} # end\n  - c\n";
  std::vector<ConfigProblem> problems;
  const auto root = parse_yaml(text, "f", problems);
  ASSERT_TRUE(root) << to_string(problems.at(0));
  const auto at = [&](const std::string& pointer) {
    const Location where = locate(*root, pointer, "f");
    return std::to_string(where.line) + ':' + std::to_string(where.column);
  };
  EXPECT_EQ(at("/x/0"), "2:5");
  EXPECT_EQ(at("/x/0/a"), "3:7");
  EXPECT_EQ(at("/x/0/" + std::string(2000, 'k') + "/0"), "4:2008");
  EXPECT_EQ(at("/x/1"), "6:5");
}

TEST(JsonInYaml, FollowsTheSameRules) {
  const std::string key(2000, 'k');
  EXPECT_NE(json_of("{\"" + key + "\":1,\"a\":1,\n \"a\":2}").find("f:2:2: error CONFIG_DUPLICATE"),
            std::string::npos);
  std::string deep = "{\"" + key + "\":";
  for (std::size_t i = 0; i < limits::kMaxConfigDepth; ++i) deep += '[';
  for (std::size_t i = 0; i < limits::kMaxConfigDepth; ++i) deep += ']';
  EXPECT_NE(json_of(deep + "}").find("error"), std::string::npos);
  EXPECT_NE(json_of("a: \"\\ud83d\"\n").find("f:1:4: error CONFIG_YAML_SYNTAX"), std::string::npos);
  EXPECT_NE(json_of("a:\n  \"\\ude80\\ud83d\"\n").find("f:2:3: error"), std::string::npos);
}

TEST(JsonInYaml, AcceptsFilesOfWindowsEditors) {
  EXPECT_EQ(json_of("\xef\xbb\xbf"
                    "a: 1\r\nb:\r\n  - |\r\n    x\r\n    y\r\n"),
            R"({"a":1,"b":["x\u000ay\u000a"]})");
  EXPECT_EQ(json_of("\xef\xbb\xbf{\r\n\"a\": \"\\ud83d\\ude80\"\r\n}\r\n"),
            "{\"a\":\"\xf0\x9f\x9a\x80\"}");
  std::vector<ConfigProblem> problems;
  parse_yaml(
      "\xef\xbb\xbf"
      "a: 1\r\nb: [1\r\nc: 2\r\n",
      "f", problems);
  EXPECT_EQ(brief(problems), Lines{"f:2:4 CONFIG_YAML_SYNTAX"});
  const std::string wide("a\0:\0 \0b\0", 8);
  for (const std::string& text : {"\xff\xfe" + wide, wide, "\xfe\xff" + std::string("\0a\0:", 4)}) {
    EXPECT_EQ(json_of(text),
              "f:1:1: error CONFIG_YAML_SYNTAX: is UTF-16, as PowerShell's > writes it; save it as "
              "UTF-8");
  }
}

}  // namespace
}  // namespace portcullis::bff
