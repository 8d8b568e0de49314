#include "portcullis/path_template.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exact_copy.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/reserved.hpp"

namespace portcullis {
namespace {

ParamSpec named(std::string name, NamedShape shape) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.named = shape;
  return spec;
}

ParamSpec one_of(std::string name, std::vector<std::string> choices) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.kind = ParamSpec::kChoices;
  spec.choices = std::move(choices);
  return spec;
}

ParamSpec matching(std::string name, std::string regex) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.kind = ParamSpec::kRegex;
  spec.regex = std::move(regex);
  return spec;
}

std::string_view problem_with(std::string_view text, const std::vector<ParamSpec>& params = {}) {
  const ExactCopy copy(text);
  TemplateProblem problem;
  if (PathTemplate::compile(copy.view(), params, problem)) return "";
  EXPECT_NE(problem.detail, "") << text;
  return name(problem.code);
}

PathTemplate make(std::string_view text, const std::vector<ParamSpec>& params = {}) {
  TemplateProblem problem;
  auto made = PathTemplate::compile(text, params, problem);
  EXPECT_TRUE(made) << text << ": " << problem.detail;
  return made ? std::move(*made) : *PathTemplate::compile("/", {}, problem);
}

bool matches(std::string_view text, std::string_view path,
             const std::vector<ParamSpec>& params = {}) {
  const ExactCopy copy(path);
  return make(text, params).match(copy.view());
}

TEST(PathTemplate, MatchesLiteralsByteByByte) {
  EXPECT_TRUE(matches("/api/sales", "/api/sales"));
  EXPECT_FALSE(matches("/api/sales", "/api/Sales"));
  EXPECT_FALSE(matches("/api/sales", "/api/sales/"));
  EXPECT_FALSE(matches("/api/sales/", "/api/sales"));
  EXPECT_TRUE(matches("/api/sales/", "/api/sales/"));
  EXPECT_FALSE(matches("/api/sales", "/api/salesforce"));
  EXPECT_FALSE(matches("/api/sales", "/api"));
  EXPECT_FALSE(matches("/api/sales", "/api/sales/x"));
  EXPECT_TRUE(matches("/", "/"));
  EXPECT_FALSE(matches("/", "/a"));
  EXPECT_TRUE(matches("/a%20b/%C3%A9", "/a%20b/%C3%A9"));
  EXPECT_TRUE(matches("/v1:batch", "/v1:batch"));
  EXPECT_FALSE(matches("/a", ""));
  EXPECT_FALSE(matches("/a", "a"));
}

TEST(PathTemplate, StarInTheMiddleMatchesOneSegment) {
  EXPECT_TRUE(matches("/api/*/x", "/api/a/x"));
  EXPECT_FALSE(matches("/api/*/x", "/api/a/b/x"));
  EXPECT_FALSE(matches("/api/*/x", "/api/x"));
  EXPECT_TRUE(matches("/api/*/", "/api/a/"));
  EXPECT_FALSE(matches("/api/*/", "/api/a"));
  EXPECT_FALSE(matches("/api/*/", "/api/a/b/"));
}

TEST(PathTemplate, StarAtTheEndMatchesOneOrMoreSegments) {
  for (const std::string_view path :
       {"/api/sales/x", "/api/sales/x/y", "/api/sales/x/", "/api/sales/x/y/"}) {
    EXPECT_TRUE(matches("/api/sales/*", path)) << path;
  }
  for (const std::string_view path : {"/api/sales", "/api/sales/", "/api/salesforce", "/api"}) {
    EXPECT_FALSE(matches("/api/sales/*", path)) << path;
  }
  EXPECT_TRUE(matches("/*", "/a"));
  EXPECT_FALSE(matches("/*", "/"));
  EXPECT_TRUE(matches("/*/*", "/a/b/c"));
  EXPECT_FALSE(matches("/*/*", "/a/"));
}

TEST(PathTemplate, CapturesDecodedValuesInOrder) {
  Params params{{"old", "x"}};
  EXPECT_TRUE(make("/a/:x/*/:y").match("/a/%C3%A9%20/s/%252", &params));
  EXPECT_EQ(params, (Params{{"x", "\xc3\xa9 "}, {"y", "%2"}}));
  EXPECT_FALSE(make("/a/:x").match("/b/1", &params));
  EXPECT_EQ(params.size(), 2U);  // unchanged
  EXPECT_TRUE(make("/a/*").match("/a/1", &params));
  EXPECT_TRUE(params.empty());
}

TEST(PathTemplate, MatchesShapesAgainstTheDecodedSegment) {
  EXPECT_TRUE(matches("/a/:x", "/a/a%20b", {one_of("x", {"a b"})}));
  EXPECT_TRUE(matches("/a/:x", "/a/a%25x", {one_of("x", {"a%x"})}));
  EXPECT_TRUE(matches("/a/:x", "/a/42", {named("x", NamedShape::kInt)}));
  EXPECT_FALSE(matches("/a/:x", "/a/4%202", {named("x", NamedShape::kInt)}));
  EXPECT_TRUE(matches("/a/:x", "/a/%C3%A9", {matching("x", "\\x{e9}")}));
  EXPECT_TRUE(matches("/:a/:b", "/7/q", {matching("b", "q|r"), named("a", NamedShape::kHex)}));
  EXPECT_FALSE(matches("/:a/:b", "/q/7", {matching("b", "q|r"), named("a", NamedShape::kHex)}));
}

TEST(PathTemplate, RejectsTemplatesThatNeverMatch) {
  for (const std::string_view text :
       {"",        "a",    "api/x", "*",       ":x",     "/a//b",     "//",   "/a/./b", "/a/..",
        "/a/../b", "/%61", "/a%2f", "/%c3%a9", "/%c3",   "/a?x",      "/a?",  "/a#x",   "/a b",
        "/{id}",   "/a;b", "/a\\b", "/%",      "/%2541", "/\xc3\xa9", "/a|b", "/:id?"}) {
    EXPECT_EQ(problem_with(text), "TEMPLATE_NOT_CANONICAL") << text;
  }
  EXPECT_EQ(problem_with(std::string_view("/a\0", 3)), "TEMPLATE_NOT_CANONICAL");
}

TEST(PathTemplate, RejectsInvalidParametersAndWildcards) {
  for (const std::string_view text : {"/:", "/a/:/b", "/:a-b", "/:a.b", "/:a*", "/:a:b", "/:%20"}) {
    EXPECT_EQ(problem_with(text), "TEMPLATE_BAD_PARAM") << text;
  }
  for (const std::string_view text : {"/a*", "/*a", "/**", "/a/*.js", "/a*/b", "/a/**"}) {
    EXPECT_EQ(problem_with(text), "TEMPLATE_BAD_WILDCARD") << text;
  }
  EXPECT_EQ(problem_with("/:a/:a"), "TEMPLATE_DUPLICATE_PARAM");
  EXPECT_EQ(problem_with("/:a/:A/:_1/:1"), "");
  EXPECT_EQ(problem_with("/:a", {named("b", NamedShape::kInt)}), "TEMPLATE_UNKNOWN_PARAM");
  EXPECT_EQ(problem_with("/a", {named("a", NamedShape::kInt)}), "TEMPLATE_UNKNOWN_PARAM");
  EXPECT_EQ(problem_with("/:a", {named("a", NamedShape::kInt), named("a", NamedShape::kHex)}),
            "TEMPLATE_DUPLICATE_PARAM");
  EXPECT_EQ(problem_with("/:a", {named("a", static_cast<NamedShape>(99))}),
            "TEMPLATE_UNKNOWN_SHAPE");
  EXPECT_EQ(problem_with("/:a", {one_of("a", {"x/y"})}), "TEMPLATE_BAD_CHOICES");
  EXPECT_EQ(problem_with("/:a", {matching("a", "(")}), "TEMPLATE_BAD_REGEX");
}

TEST(PathTemplate, NamesTheInvalidParameter) {
  TemplateProblem problem;
  EXPECT_FALSE(PathTemplate::compile("/:a/:b", {one_of("a", {"x"}), one_of("b", {})}, problem));
  EXPECT_EQ(problem.param, "b");
  EXPECT_FALSE(PathTemplate::compile("/a/{id}", {}, problem));
  EXPECT_EQ(problem.param, "");
  EXPECT_NE(problem.detail.find("byte 3"), std::string::npos) << problem.detail;
}

TEST(PathTemplate, EnforcesItsLimits) {
  const std::string longest = "/" + std::string(limits::kMaxTemplateBytes - 1, 'a');
  EXPECT_EQ(problem_with(longest), "");
  EXPECT_EQ(problem_with(longest + "a"), "TEMPLATE_TOO_LONG");
  std::string segments;
  for (std::size_t i = 0; i < limits::kMaxTemplateSegments; ++i) segments += "/a";
  EXPECT_EQ(problem_with(segments), "");
  EXPECT_EQ(problem_with(segments + "/"), "");
  EXPECT_EQ(problem_with(segments + "/a"), "TEMPLATE_TOO_LONG");
  std::string params;
  for (std::size_t i = 0; i < limits::kMaxTemplateParams; ++i) params += "/:p" + std::to_string(i);
  EXPECT_EQ(problem_with(params), "");
  EXPECT_EQ(problem_with(params + "/:q"), "TEMPLATE_TOO_LONG");
  const std::string name(limits::kMaxParamNameBytes, 'n');
  EXPECT_EQ(problem_with("/:" + name), "");
  EXPECT_EQ(problem_with("/:" + name + "n"), "TEMPLATE_TOO_LONG");
}

TEST(PathTemplate, RejectsTemplatesWhoseShortestPathIsTooLong) {
  std::string text;
  std::vector<ParamSpec> params;
  for (std::size_t i = 0; i < 6; ++i) {
    text += "/:p" + std::to_string(i);
    params.push_back(one_of("p" + std::to_string(i), {std::string(127, ' ') + "x"}));
  }
  EXPECT_EQ(problem_with(text, params), "TEMPLATE_TOO_LONG");  // 6 * (1 + 127 * 3 + 1)
  params.pop_back();
  EXPECT_EQ(problem_with(text, params), "");
}

TEST(PathTemplate, DetectsReservedPaths) {
  for (const std::string_view text : {"/auth",
                                      "/auth/",
                                      "/auth/login",
                                      "/access/v1/evaluation",
                                      "/access/*",
                                      "/api/plugins",
                                      "/api/plugins/manifests",
                                      "/api/plugins/secure-echo/",
                                      "/api/plugins/secure-echo/x",
                                      "/api/plugins/*",
                                      "/api/plugins/telemetry/*",
                                      "/api/plugins/:x",
                                      "/api/*",
                                      "/api/:x",
                                      "/*",
                                      "/:x",
                                      "/:x/:y",
                                      "/*/plugins/*",
                                      "/*/*",
                                      "/:x/plugins/bundle",
                                      "/*/plugins/bundle",
                                      "/api/*/manifests"}) {
    EXPECT_TRUE(make(text).reaches_reserved()) << text;
  }
  for (const std::string_view text :
       {"/", "/api", "/api/", "/authx", "/auth-x/y", "/Auth", "/api/plugin", "/api/pluginsx/y",
        "/api/plugins/secure-echo", "/api/plugins/telemetry", "/:x/plugins/secure-echo", "/x/auth",
        "/api/sales/*", "/api/x/:y", "/access.log", "/api/Plugins/x", "/*/sales/*"}) {
    // "/:x/..." and "/*/..." may match /auth/... or /access/...
    const bool wild = text[1] == ':' || text[1] == '*';
    EXPECT_EQ(make(text).reaches_reserved(), wild) << text;
  }
}

TEST(PathTemplate, ConsidersShapesForReservedPaths) {
  EXPECT_FALSE(make("/api/:x", {named("x", NamedShape::kInt)}).reaches_reserved());
  EXPECT_FALSE(make("/api/:x", {named("x", NamedShape::kUuid)}).reaches_reserved());
  EXPECT_TRUE(make("/api/:x", {named("x", NamedShape::kSlug)}).reaches_reserved());
  EXPECT_TRUE(make("/api/:x", {matching("x", "p.*")}).reaches_reserved());
  EXPECT_FALSE(make("/api/:x", {matching("x", "q.*")}).reaches_reserved());
  EXPECT_FALSE(make("/api/:x", {matching("x", "plugin")}).reaches_reserved());
  EXPECT_TRUE(make("/:x", {one_of("x", {"a", "auth"})}).reaches_reserved());
  EXPECT_FALSE(make("/:x/*", {one_of("x", {"a", "b"})}).reaches_reserved());
  EXPECT_FALSE(
      make("/api/plugins/:x", {one_of("x", {"telemetry", "secure-echo"})}).reaches_reserved());
  EXPECT_TRUE(make("/api/plugins/:x", {one_of("x", {"telemetry", "events"})}).reaches_reserved());
  EXPECT_TRUE(make("/api/plugins/:x/", {one_of("x", {"telemetry"})}).reaches_reserved());
  EXPECT_TRUE(make("/api/plugins/:x", {matching("x", "telemetry")}).reaches_reserved());
  EXPECT_FALSE(make("/:a/plugins/telemetry", {one_of("a", {"api", "x"})}).reaches_reserved());
}

TEST(PathTemplate, DetectsPrefixesItReaches) {
  EXPECT_TRUE(make("/events").reaches("/events"));
  EXPECT_TRUE(make("/events/").reaches("/events"));
  EXPECT_TRUE(make("/:x/y").reaches("/events"));
  EXPECT_FALSE(make("/event").reaches("/events"));
  EXPECT_FALSE(make("/").reaches("/events"));
  EXPECT_TRUE(make("/*").reaches("/a/b/c"));
  EXPECT_FALSE(make("/*/x").reaches("/a/b/c"));
}

TEST(PathTemplateMeeting, IsDetectedIfAPathMatchesBoth) {
  const auto meet = [](const char* a, const char* b, const char* shape = nullptr) {
    TemplateProblem problem;
    std::vector<ParamSpec> params;
    if (shape != nullptr) {
      ParamSpec spec;
      spec.name = "x";
      spec.named = *parse_shape(shape);
      params.push_back(spec);
    }
    const auto first = PathTemplate::compile(a, params, problem);
    const auto second = PathTemplate::compile(b, {}, problem);
    EXPECT_TRUE(first && second) << a << ' ' << b;
    EXPECT_EQ(first->may_meet(*second), second->may_meet(*first)) << a << ' ' << b;
    return first->may_meet(*second);
  };
  EXPECT_TRUE(meet("/a/b", "/a/b"));
  EXPECT_TRUE(meet("/a/*", "/a/b"));
  EXPECT_TRUE(meet("/a/*", "/a/b/c/"));
  EXPECT_TRUE(meet("/*", "/a/:y/c"));
  EXPECT_TRUE(meet("/a/*/c", "/a/b/*"));
  EXPECT_TRUE(meet("/a/:x", "/a/7", "int"));
  EXPECT_TRUE(meet("/a/:x", "/:y/b"));
  EXPECT_FALSE(meet("/a/:x", "/a/b", "int"));
  EXPECT_FALSE(meet("/a/*", "/a"));
  EXPECT_FALSE(meet("/a/*", "/b/*"));
  EXPECT_FALSE(meet("/a/b", "/a/b/"));
  EXPECT_FALSE(meet("/a/b", "/a/b/c"));
  EXPECT_FALSE(meet("/A", "/a"));
}

}  // namespace
}  // namespace portcullis
