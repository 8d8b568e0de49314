#include "api/json_members.hpp"

#include <gtest/gtest.h>

namespace portcullis::bff {
namespace {

std::string problem(const std::string& text) {
  const auto body = nlohmann::json::parse(text);
  JsonMembers members(body, "a quarantine");
  (void)members.text("reason", 8, "a short text");
  (void)members.text("version", 8, "a version");
  (void)members.positive("expires_in_s", 100);
  members.finish();
  return members.problem();
}

TEST(JsonMembersTest, AcceptsKnownKeys) {
  EXPECT_EQ(problem("{}"), "");
  EXPECT_EQ(problem(R"({"reason":"leaks","version":"1.0.0","expires_in_s":100})"), "");
}

TEST(JsonMembersTest, RejectsUnknownKeysWithASuggestion) {
  EXPECT_EQ(
      problem(R"({"versions":["1.0.0"]})"),
      "unknown key \"versions\"; did you mean \"version\"? a quarantine takes reason, version "
      "and expires_in_s");
  EXPECT_EQ(problem(R"({"Version":"1.0.0"})").substr(0, 46),
            "unknown key \"Version\"; did you mean \"version\"?");
  EXPECT_EQ(problem(R"({"x":1})"),
            "unknown key \"x\"; a quarantine takes reason, version and expires_in_s");
  EXPECT_NE(problem(R"({"a\u0000\"b":1})").find(R"("a\u0000\"b")"), std::string::npos);
}

TEST(JsonMembersTest, RejectsWrongTypesAndSizes) {
  for (const char* value :
       {"null", "\"\"", "1", "[]", "{}", "true", "[\"1.0.0\"]", "\"123456789\""}) {
    EXPECT_EQ(problem("{\"version\":" + std::string(value) + "}"), "version must be a version")
        << value;
  }
  for (const char* value : {"null", "0", "-1", "1.5", "101", "\"5\"", "18446744073709551615"}) {
    EXPECT_EQ(problem("{\"expires_in_s\":" + std::string(value) + "}"),
              "expires_in_s must be a whole number from 1 to 100")
        << value;
  }
  for (const char* text : {"null", "[]", "\"x\"", "1"}) {
    EXPECT_EQ(problem(text), "a quarantine must be a JSON object") << text;
  }
}

TEST(JsonMembersTest, PointsAtTheMember) {
  const auto body = nlohmann::json::parse(R"({"a/b~c":1})");
  JsonMembers members(body, "a thing");
  members.finish();
  EXPECT_EQ(members.problem(), "unknown key \"a/b~c\"; a thing has no members");
  EXPECT_EQ(members.extra(), R"("pointer":"/a~1b~0c")");
}

}  // namespace
}  // namespace portcullis::bff
