// Contributions, permissions, lists, and the number of reported problems.
#include <gtest/gtest.h>

#include <string>

#include "manifest_text.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis {
namespace {

TEST(Manifest, LimitsLists) {
  const std::size_t most = limits::kMaxListEntries;
  EXPECT_EQ(problems(with(R"("tags":[)" + repeat("\"a\"", most) + "]")), "");
  EXPECT_EQ(problems(with(R"("tags":[)" + repeat("\"a\"", most + 1) + "]")),
            "MANIFEST_TOO_MANY /tags");
  EXPECT_EQ(problems(routes(repeat("1", limits::kMaxRoutesPerPlugin + 1))),
            "MANIFEST_TOO_MANY /contributions/routes");
  EXPECT_EQ(problems(rules(repeat("1", limits::kMaxApiRulesPerPlugin + 1))),
            "MANIFEST_TOO_MANY /permissions/api");
  EXPECT_EQ(problems(with(R"("permissions":{"sse":[)" +
                          repeat("\"/e\"", limits::kMaxSsePrefixesPerPlugin + 1) + "]}")),
            "MANIFEST_TOO_MANY /permissions/sse");
  EXPECT_EQ(problems(with(R"("contributions":{"widgets":[)" +
                          repeat("1", limits::kMaxWidgetsPerPlugin + 1) + "]}")),
            "MANIFEST_TOO_MANY /contributions/widgets");
}

TEST(Manifest, RejectsRoutesThatShadowTheHosts) {
  for (const std::string_view path :
       {"/", "/api", "/api/x", "/auth/login", "/login", "/operator/x", "/:page", "/*", "/:a/b",
        "/assets/x.js", "/live/", "/permissions"}) {
    EXPECT_EQ(problems(routes(R"({"path":")" + std::string(path) + R"(","component":"C"})")),
              "MANIFEST_ROUTE_RESERVED /contributions/routes/0/path")
        << path;
  }
  for (const std::string_view path : {"/hello", "/hello/", "/apis", "/authors/:id", "/hello/*",
                                      "/plugins/hello/:a/b", "/livestream"}) {
    EXPECT_EQ(problems(routes(R"({"path":")" + std::string(path) + R"(","component":"C"})")), "")
        << path;
  }
}

TEST(Manifest, RejectsDuplicateRoutes) {
  EXPECT_EQ(
      problems(routes(R"({"path":"/a/:x","component":"C"},{"path":"/a/:y","component":"D"})")),
      "MANIFEST_DUPLICATE_ROUTE /contributions/routes/1/path");
  EXPECT_EQ(
      problems(routes(R"({"path":"/a/:x","component":"C"},{"path":"/a/:x/y","component":"C"},)"
                      R"({"path":"/a/x","component":"C"},{"path":"/A/x","component":"C"})")),
      "");
}

TEST(Manifest, PointsAtTheRuleAfterInvalidEntries) {
  EXPECT_EQ(problems(rules(R"(3,{"method":"GET"},{"method":"GET","path":"/api/a"},)"
                           R"({"method":"GET","path":"/auth/x"},{"method":"get","path":"/x"},)"
                           R"({"method":"GET","path":"/x/:id","params":{"id":{"regex":"("}}})")),
            "MANIFEST_WRONG_TYPE /permissions/api/0, MANIFEST_REQUIRED /permissions/api/1/path, "
            "MANIFEST_BAD_METHOD /permissions/api/4/method, "
            "TEMPLATE_RESERVED /permissions/api/3/path, "
            "TEMPLATE_BAD_REGEX /permissions/api/5/params/id");
  EXPECT_EQ(problems(with(R"("permissions":{"sse":[1,"/events/a","/events/*"]})")),
            "MANIFEST_WRONG_TYPE /permissions/sse/0, TOPIC_WILDCARD /permissions/sse/2");
}

TEST(Manifest, WarnsOfDuplicateRules) {
  EXPECT_EQ(problems(rules(R"({"method":"GET","path":"/api/a"},{"method":"GET","path":"/api/a"})")),
            "[TEMPLATE_DUPLICATE_RULE /permissions/api/1]");
}

TEST(Manifest, WarnsOfUnknownKeysWithSuggestions) {
  const std::string text =
      R"({"id":"a","version":"1.0.0","engine":{"experience":"*","node":"20"},"x/y":1,)"
      R"("bundle":{"path":"x"},"features":[{"name":"f","order":1}],)"
      R"("contributions":{"pages":[],"routes":[{"path":"/a","component":"A","titel":"x"}],)"
      R"("widgets":[{"slot":"s","component":"A","Slot":"t"}]},)"
      R"("permissions":{"API":[],"api":[{"method":"GET","path":"/b/:x","parms":{},)"
      R"("params":{"x":{"regex":"a","flags":"i"}}}]}})";
  EXPECT_EQ(problems(text),
            "[MANIFEST_UNKNOWN_KEY /engine/node], [MANIFEST_UNKNOWN_KEY /features/0/order], "
            "[MANIFEST_UNKNOWN_KEY /bundle/path], "
            "[MANIFEST_UNKNOWN_KEY /contributions/routes/0/titel], "
            "[MANIFEST_UNKNOWN_KEY /contributions/widgets/0/Slot], "
            "[MANIFEST_UNKNOWN_KEY /contributions/pages], "
            "[MANIFEST_UNKNOWN_KEY /permissions/api/0/params/x/flags], "
            "[MANIFEST_UNKNOWN_KEY /permissions/api/0/parms], "
            "[MANIFEST_UNKNOWN_KEY /permissions/API], [MANIFEST_UNKNOWN_KEY /x~1y]");
  const ManifestResult result = parse(with(R"("contribution":{},"zzz":1)"));
  EXPECT_EQ(
      result.problems[0].message,
      "\"contribution\" is not a known key and has no effect; did you mean \"contributions\"?");
  EXPECT_EQ(result.problems[1].message, "\"zzz\" is not a known key and has no effect; remove it.");
}

TEST(Manifest, ReportsOmittedProblemsAndStaysInvalid) {
  std::string keys;
  for (int i = 0; i < 150; ++i) keys += "\"k" + std::to_string(i) + "\":0,";
  ManifestResult result = parse(with(keys + "\"kk\":0"));
  EXPECT_TRUE(result.ok());
  ASSERT_EQ(result.problems.size(), limits::kMaxManifestProblems);
  EXPECT_EQ(result.problems.back().code, Code::kManifestTooManyProblems);
  EXPECT_EQ(result.problems.back().severity, Severity::kWarning);
  EXPECT_EQ(result.problems.back().message, "52 more problems were left out; correct these first.");

  // The only error comes after more warnings than are reported.
  std::string entries;
  for (int i = 0; i < 40; ++i) {
    entries += R"({"path":"/p)" + std::to_string(i) + R"(","component":"C","x":0,"y":0,"z":0},)";
  }
  result = parse(routes(entries + R"({"path":"/api","component":"C"})"));
  EXPECT_FALSE(result.ok());
  ASSERT_EQ(result.problems.size(), limits::kMaxManifestProblems);
  EXPECT_EQ(result.problems.back().severity, Severity::kError);
  EXPECT_EQ(parse(routes(entries + R"({"path":"/q","component":"C"})")).ok(), true);
}

TEST(Manifest, ReportsEveryProblemUpToTheLimit) {
  std::string keys;
  for (std::size_t i = 0; i < limits::kMaxManifestProblems; ++i) {
    keys += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
  }
  const ManifestResult result = parse(with(keys));
  EXPECT_EQ(result.problems.size(), limits::kMaxManifestProblems);
  EXPECT_EQ(result.problems.back().code, Code::kManifestUnknownKey);
}

}  // namespace
}  // namespace portcullis
