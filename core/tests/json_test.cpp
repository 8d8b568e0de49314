#include "json.hpp"

#include <gtest/gtest.h>

#include <string>

#include "exact_copy.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::json {
namespace {

using namespace std::string_literals;

constexpr Limits kLimits{1 << 20, 32};

struct Answer {
  Error error;
  std::string text;
};

Answer run(std::string_view text, const Limits& limits = kLimits) {
  const ExactCopy copy(text);
  Document document;
  Answer answer;
  answer.error = parse(copy.view(), limits, document);
  if (answer.error.code == Code::kAllowed) answer.text = dump(document.root());
  return answer;
}

std::string_view code_of(std::string_view text) { return name(run(text).error.code); }

TEST(Json, KeepsValuesAndTheOrderOfKeys) {
  for (const std::string_view text :
       {"null", "true", "false", "0", "-1", "1.50", "1e2", "1E+2", "-0.0", "\"\"", "\"a\"", "[]",
        "{}", R"({"b":1,"a":[2,{"c":null}],"":""})", "9223372036854775807", "18446744073709551615",
        "18446744073709551616", "0.1234567890123456789"}) {
    EXPECT_EQ(run(text).text, text);
  }
}

TEST(Json, DropsWhiteSpaceAndNeedlessEscapes) {
  EXPECT_EQ(run(" [ 1 ,\r\n\t{ \"a\" : \"\\u0041\\/\\u00e9\\ud83d\\ude00\" } ] ").text,
            "[1,{\"a\":\"A/\xc3\xa9\xf0\x9f\x98\x80\"}]");
  EXPECT_EQ(run("-0").text, "0");
}

TEST(Json, EscapesOnlyWhatItMust) {
  EXPECT_EQ(run(R"("\u0000\u0001\b\f\n\r\t\u001f\"\\\u007f")").text,
            "\"\\u0000\\u0001\\b\\f\\n\\r\\t\\u001f\\\"\\\\\x7f\"");
}

TEST(Json, RejectsInvalidJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "[",
                                      "]",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "[1 2]",
                                      "nul",
                                      "True",
                                      "NaN",
                                      "Infinity",
                                      "+1",
                                      "01",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "0x10",
                                      "\"",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\t\"",
                                      "[1]]",
                                      "{} {}",
                                      "/* */1",
                                      "1//",
                                      "[\"a\"\"b\"]",
                                      "\"\\ud800\""}) {
    EXPECT_EQ(code_of(text), "JSON_SYNTAX") << text;
  }
}

TEST(Json, DoesNotStopAtNul) {
  EXPECT_EQ(code_of("[]\0"s), "JSON_SYNTAX");
  EXPECT_EQ(code_of("[]\0[]"s), "JSON_SYNTAX");
  EXPECT_EQ(code_of("\0"s), "JSON_SYNTAX");
  EXPECT_EQ(code_of("123\0"s), "JSON_SYNTAX");
  EXPECT_EQ(code_of("\"\0\""s), "JSON_SYNTAX");
}

TEST(Json, RejectsInvalidUtf8) {
  for (const std::string_view text :
       {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"",
        "\xe9", "{\"\xff\":1}"}) {
    EXPECT_EQ(code_of(text), "JSON_SYNTAX") << text;
  }
}

TEST(Json, SkipsAByteOrderMarkAsRfc8259Allows) {
  EXPECT_EQ(run("\xef\xbb\xbf{}").text, "{}");
  EXPECT_EQ(code_of("\xef\xbb{}"), "JSON_SYNTAX");
}

TEST(Json, RejectsNumbersBeyondDouble) { EXPECT_EQ(code_of("1e999"), "JSON_SYNTAX"); }

TEST(Json, ReportsErrorPositions) {
  const struct {
    std::string_view text;
    std::size_t byte, line, column;
    std::string_view reason;
  } rows[] = {
      {"", 0, 1, 1, "unexpected end of input; expected '[', '{', or a literal"},
      {"[1,\n 2", 6, 2, 3, "unexpected end of input; expected ']'"},
      {"{\"a\":1\n\"b\":2}", 7, 2, 1, "unexpected string literal; expected '}'"},
      {"[1,]", 3, 1, 4, "unexpected ']'; expected '[', '{', or a literal"},
      {"[tru]", 4, 1, 5, "invalid literal"},
      {"{}\n\n x", 5, 3, 2, "invalid literal"},
      {"[1e999]", 1, 1, 2, "a number is out of range"},
      {"[1 23]", 3, 1, 4, "unexpected number literal; expected ']'"},
      {"{\"a\":1 false}", 7, 1, 8, "unexpected false literal; expected '}'"},
      {"{ null}", 2, 1, 3, "unexpected null literal; expected string literal"},
  };
  for (const auto& row : rows) {
    const Error error = run(row.text).error;
    EXPECT_EQ(error.code, Code::kJsonSyntax) << row.text;
    EXPECT_EQ(error.byte, row.byte) << row.text;
    EXPECT_EQ(error.line, row.line) << row.text;
    EXPECT_EQ(error.column, row.column) << row.text;
    EXPECT_EQ(error.reason, row.reason) << row.text;
  }
  const Error nul = run("[\n\0]"s).error;
  EXPECT_EQ(nul.byte, 2u);
  EXPECT_EQ(nul.line, 2u);
  EXPECT_EQ(nul.column, 1u);
}

TEST(Json, EnforcesItsLimits) {
  EXPECT_EQ(run("[[1]]", {5, 2}).text, "[[1]]");
  EXPECT_EQ(run("[[1]] ", {5, 2}).error.code, Code::kJsonTooLarge);
  EXPECT_EQ(run("[[1]]", {5, 1}).error.code, Code::kJsonTooDeep);
  EXPECT_EQ(run("{\"[\\\"\":\n{\"a\":[1]}}", {99, 2}).error.byte, 13u);
  EXPECT_EQ(run("{\"[\\\"\":\n{\"a\":[1]}}", {99, 2}).error.line, 2u);
  EXPECT_EQ(run("1", {5, 0}).text, "1");
  EXPECT_EQ(run("[]", {5, 0}).error.code, Code::kJsonTooDeep);
}

TEST(Json, HandlesAnyDepth) {
  for (const std::size_t depth : {33u, 100000u, 250000u}) {
    EXPECT_EQ(code_of(std::string(depth, '[')), "JSON_TOO_DEEP");
    EXPECT_EQ(code_of(std::string(depth, '[') + std::string(depth, ']')), "JSON_TOO_DEEP");
  }
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  EXPECT_EQ(code_of(objects), "JSON_TOO_DEEP");
}

TEST(Json, FindsDuplicateKeys) {
  const struct {
    std::string_view text, pointer;
  } rows[] = {
      {R"({"a":1,"a":1})", "/a"},
      {R"({"a":1,"\u0061":2})", "/a"},
      {R"({"":1,"":2})", "/"},
      {R"([0,{"x":[{"a/b~":1,"c":2,"a/b~":3}]}])", "/1/x/0/a~1b~0"},
      {R"({"o":{"k":1},"p":{"k":1,"k":2}})", "/p/k"},
      {R"({"a\u0000":1,"a":2,"a\u0000":3})", "/a\0"},
  };
  for (const auto& row : rows) {
    const Error error = run(row.text).error;
    EXPECT_EQ(error.code, Code::kJsonDuplicateKey) << row.text;
    EXPECT_EQ(error.pointer.substr(0, row.pointer.size()), row.pointer) << row.text;
  }
  EXPECT_EQ(run(R"({"a":1,"A":1,"b":{"a":1}})").error.code, Code::kAllowed);
}

TEST(Json, FindsDuplicateKeysAmongAThousand) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(run(text + "\"z\":1}").error.code, Code::kAllowed);
  const Error error = run(text + "\"k777\":1}").error;
  EXPECT_EQ(error.code, Code::kJsonDuplicateKey);
  EXPECT_EQ(error.pointer, "/k777");
}

TEST(Json, RejectsObjectsWithTooManyKeys) {
  std::string most = "{\"k0\":0";
  for (std::size_t i = 1; i < limits::kMaxJsonKeys; ++i) {
    most += ",\"k" + std::to_string(i) + "\":{}";
  }
  EXPECT_EQ(run(most + "}").error.code, Code::kAllowed);
  EXPECT_EQ(run('[' + most + "}," + most + "}]").error.code, Code::kAllowed);
  const Error error = run(R"({"a":{},"b/c":[0,)" + most + R"(,"one more":0}]})").error;
  EXPECT_EQ(error.code, Code::kJsonTooManyKeys);
  EXPECT_EQ(error.pointer, "/b~1c/1");
  EXPECT_EQ(error.reason, "an object has more than 1024 keys");
  EXPECT_EQ(error.line, 1u);
  EXPECT_EQ(run(most + ",\"one more\":0}").error.pointer, "");
}

TEST(Json, ListsEveryDuplicateUpToALimit) {
  Document document;
  ASSERT_EQ(read(R"({"a":1,"a":2,"b":{"c":1,"c":2}})", kLimits, document).code, Code::kAllowed);
  EXPECT_EQ(document.duplicates(), (std::vector<std::string>{"/b/c", "/a"}));
  EXPECT_FALSE(document.more_duplicates());
  EXPECT_EQ(document.root().find("a").text(), "1");
  std::string many = "[";
  for (int i = 0; i < 101; ++i) many += R"({"a":1,"a":2},)";
  ASSERT_EQ(read(many + "0]", kLimits, document).code, Code::kAllowed);
  EXPECT_EQ(document.duplicates().size(), 100u);
  EXPECT_TRUE(document.more_duplicates());
}

TEST(Json, NavigatesDocuments) {
  Document document;
  ASSERT_EQ(parse(R"({"a":[1,"x",{}],"b":{"c":true},"n":null})", kLimits, document).code,
            Code::kAllowed);
  const View root = document.root();
  EXPECT_EQ(root.size(), 3u);
  EXPECT_EQ(root.find("a").size(), 3u);
  EXPECT_TRUE(root.find("b").find("c").boolean());
  EXPECT_TRUE(root.find("n"));
  EXPECT_TRUE(root.find("n").is_null());
  EXPECT_FALSE(root.find("c"));
  EXPECT_FALSE(root.find("c").find("d").find("e"));
  EXPECT_FALSE(root.find("c").is_bool());
  EXPECT_EQ(root.find("c").children().begin() != root.find("c").children().end(), false);
  EXPECT_EQ(depth(root), 3u);
  std::string keys;
  for (const View child : root.children()) keys += child.key();
  EXPECT_EQ(keys, "abn");
  EXPECT_EQ(dump(root.find("a")), R"([1,"x",{}])");
}

TEST(Json, ReadsOnlyIntegers) {
  const auto integer = [](std::string_view text, std::int64_t low, std::int64_t high) {
    Document document;
    std::int64_t out = -77;
    if (parse(text, kLimits, document).code != Code::kAllowed) return out;
    return document.root().integer(low, high, &out) ? out : std::int64_t{-99};
  };
  EXPECT_EQ(integer("200", 0, 999), 200);
  EXPECT_EQ(integer("-5", -5, 5), -5);
  EXPECT_EQ(integer("1000", 0, 999), -99);
  EXPECT_EQ(integer("200.0", 0, 999), -99);
  EXPECT_EQ(integer("2e2", 0, 999), -99);
  EXPECT_EQ(integer("99999999999999999999", 0, 999), -99);
  EXPECT_EQ(integer("\"200\"", 0, 999), -99);
}

TEST(Json, BoundsTheWrittenSize) {
  for (const std::string_view text :
       {"null", "false", "\"\"", "[]", "{}", "[[],{},\"\"]", "12345678", "[false,false,false]",
        R"({"":"","":0,"a":{"b":{"c":[]}},"d":"e"})",
        R"({"a":["\u0000\u0001","x",{"y":{}}],"z":{}})"}) {
    Document document;
    ASSERT_EQ(read(text, kLimits, document).code, Code::kAllowed);
    std::vector<View> views = {document.root()};
    while (!views.empty()) {
      const View view = views.back();
      views.pop_back();
      EXPECT_GE(dump_bound(view), dump(view).size()) << dump(view);
      for (const View child : view.children()) views.push_back(child);
    }
  }
  EXPECT_GE(dump_bound(View()), dump(View()).size());
}

TEST(JsonWriter, ReplacesInvalidUtf8) {
  EXPECT_EQ(Writer().string("a\xff\xc3z").take(), "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
  EXPECT_EQ(Writer().string(std::string_view("\0", 1)).take(), "\"\\u0000\"");
}

TEST(JsonWriter, AddsCommasAndColons) {
  Writer writer;
  writer.begin_object().key("a").begin_array().integer(1).null().boolean(false).string(",[");
  writer.begin_object().end_object().end_array().key("b{").raw("[1,2]").end_object();
  EXPECT_EQ(writer.text(), R"({"a":[1,null,false,",[",{}],"b{":[1,2]})");
}

}  // namespace
}  // namespace portcullis::json
