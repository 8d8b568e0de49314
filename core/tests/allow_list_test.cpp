#include "portcullis/allow_list.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exact_copy.hpp"

namespace portcullis {
namespace {

ParamSpec named(std::string name, NamedShape shape) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.named = shape;
  return spec;
}

ParamSpec matching(std::string name, std::string regex) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.kind = ParamSpec::kRegex;
  spec.regex = std::move(regex);
  return spec;
}

AllowList make(const std::vector<ApiRule>& rules) {
  std::vector<RuleProblem> problems;
  auto list = AllowList::compile(rules, &problems);
  for (const RuleProblem& found : problems) {
    EXPECT_FALSE(found.fatal) << found.rule << ": " << found.problem.detail;
  }
  return list ? std::move(*list) : AllowList();
}

int find(const AllowList& list, Method method, std::string_view path) {
  const ExactCopy copy(path);
  return list.find(method, copy.view());
}

std::string_view problem_with(const std::vector<ApiRule>& rules, std::size_t at) {
  std::size_t bad = 99;
  TemplateProblem problem;
  EXPECT_FALSE(AllowList::compile(rules, &bad, &problem));
  EXPECT_EQ(bad, at);
  return name(problem.code);
}

constexpr Method kGet = Method::kGet;
constexpr Method kPost = Method::kPost;

TEST(Method, IsExactAndUpperCase) {
  for (std::size_t i = 0; i < kMethods; ++i) {
    EXPECT_EQ(parse_method(name(static_cast<Method>(i))), static_cast<Method>(i));
  }
  for (const std::string_view bad :
       {"", "get", "Get", "GETT", "GE", "OPTIONS", "CONNECT", "GET "}) {
    EXPECT_FALSE(parse_method(bad)) << bad;
  }
}

TEST(AllowList, DeniesEverythingWithoutRules) {
  EXPECT_EQ(find(AllowList(), kGet, "/"), -1);
  EXPECT_EQ(find(make({}), kGet, "/a"), -1);
  EXPECT_EQ(find(make({}), kGet, ""), -1);
}

TEST(AllowList, FindsTheMostLiteralRule) {
  const AllowList list = make({
      {kGet, "/x/*", {}},
      {kGet, "/x/*/c", {}},
      {kGet, "/x/:b", {}},
      {kGet, "/x/:b/c", {}},
      {kGet, "/x/b", {}},
      {kGet, "/x/b/d", {}},
  });
  EXPECT_EQ(find(list, kGet, "/x/b"), 4);
  EXPECT_EQ(find(list, kGet, "/x/z"), 2);
  EXPECT_EQ(find(list, kGet, "/x/z/"), 0);
  EXPECT_EQ(find(list, kGet, "/x/b/c"), 3);  // backtracks from the literal b
  EXPECT_EQ(find(list, kGet, "/x/b/d"), 5);
  EXPECT_EQ(find(list, kGet, "/x/b/e"), 0);
  EXPECT_EQ(find(list, kGet, "/x/b/c/d"), 0);
  EXPECT_EQ(find(list, kGet, "/x"), -1);
  EXPECT_EQ(find(list, kGet, "/x/"), -1);
  EXPECT_EQ(find(list, kGet, "/"), -1);
}

TEST(AllowList, StarInTheMiddleBeatsStarAtTheEnd) {
  const AllowList list = make({{kGet, "/x/*", {}}, {kGet, "/x/*/c", {}}, {kGet, "/x/*/", {}}});
  EXPECT_EQ(find(list, kGet, "/x/a/c"), 1);
  EXPECT_EQ(find(list, kGet, "/x/a/"), 2);
  EXPECT_EQ(find(list, kGet, "/x/a"), 0);
  EXPECT_EQ(find(list, kGet, "/x/a/d"), 0);
}

TEST(AllowList, TriesShapesInTheOrderOfTheRules) {
  const AllowList list = make({
      {kGet, "/x/:i", {named("i", NamedShape::kInt)}},
      {kGet, "/x/:h", {named("h", NamedShape::kHex)}},
      {kGet, "/x/:r", {matching("r", "[a-z]+")}},
      {kPost, "/x/:any", {}},
      {kPost, "/x/:n", {named("n", NamedShape::kInt)}},
  });
  EXPECT_EQ(find(list, kGet, "/x/12"), 0);
  EXPECT_EQ(find(list, kGet, "/x/ab"), 1);
  EXPECT_EQ(find(list, kGet, "/x/xyz"), 2);
  EXPECT_EQ(find(list, kGet, "/x/XYZ"), -1);
  // The int edge belongs to rule 0, before rule 3's.
  EXPECT_EQ(find(list, kPost, "/x/12"), 4);
  EXPECT_EQ(find(list, kPost, "/x/ab"), 3);
}

TEST(AllowList, GetCoversHead) {
  const AllowList list =
      make({{kGet, "/a", {}}, {Method::kHead, "/b", {}}, {kGet, "/b", {}}, {kPost, "/c", {}}});
  EXPECT_EQ(find(list, Method::kHead, "/a"), 0);
  EXPECT_EQ(find(list, Method::kHead, "/b"), 1);
  EXPECT_EQ(find(list, kGet, "/b"), 2);
  EXPECT_EQ(find(list, Method::kHead, "/c"), -1);
  EXPECT_EQ(find(make({{Method::kHead, "/a", {}}}), kGet, "/a"), -1);
}

TEST(AllowList, RulesOfOtherMethodsHideNothing) {
  const AllowList list = make({{kPost, "/x/b", {}}, {kGet, "/x/:p", {}}, {kGet, "/x/b/c", {}}});
  EXPECT_EQ(find(list, kGet, "/x/b"), 1);
  EXPECT_EQ(find(list, kPost, "/x/b"), 0);
  EXPECT_EQ(find(list, kPost, "/x/c"), -1);
  EXPECT_EQ(find(list, static_cast<Method>(77), "/x/b"), -1);
}

TEST(AllowList, EachRuleHasItsOwnParameterNames) {
  const AllowList list = make({{kGet, "/x/:id/y", {}}, {kPost, "/x/:order/y", {}}});
  Params params;
  list.captures(find(list, kGet, "/x/7/y"), "/x/7/y", params);
  EXPECT_EQ(params, (Params{{"id", "7"}}));
  list.captures(find(list, kPost, "/x/%C3%A9/y"), "/x/%C3%A9/y", params);
  EXPECT_EQ(params, (Params{{"order", "\xc3\xa9"}}));
  list.captures(-1, "/x/7/y", params);
  EXPECT_TRUE(params.empty());
}

TEST(AllowList, FindsLongSegmentsAndManySiblings) {
  std::vector<ApiRule> rules;
  for (int i = 0; i < 200; ++i) {
    rules.push_back({kGet, "/reports-of-the-year/number-" + std::to_string(i), {}});
  }
  const AllowList list = make(rules);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(find(list, kGet, rules[static_cast<std::size_t>(i)].path), i);
  EXPECT_EQ(find(list, kGet, "/reports-of-the-year/number-200"), -1);
  EXPECT_EQ(find(list, kGet, "/reports-of-the-year/number-"), -1);
  EXPECT_EQ(find(list, kGet, "/reports-of-the-yeas/number-1"), -1);
}

TEST(AllowList, ComparesSegmentsOfEverySize) {
  for (std::size_t size = 1; size < 40; ++size) {
    const std::string path = "/" + std::string(size, 'a') + "/" + std::string(size, 'b');
    const AllowList list = make({{kGet, path, {}}});
    EXPECT_EQ(find(list, kGet, path), 0) << size;
    EXPECT_EQ(find(list, kGet, path + "b"), -1) << size;
    EXPECT_EQ(find(list, kGet, path.substr(0, path.size() - 1)), -1) << size;
    std::string other = path;
    for (char& c : other) {
      if (c == '/') continue;
      const char before = c;
      c = 'z';
      EXPECT_EQ(find(list, kGet, other), -1) << other;
      c = before;
    }
  }
}

TEST(AllowList, RejectsTheWholeListForOneBadRule) {
  EXPECT_EQ(problem_with({{kGet, "/a", {}}, {kGet, "b", {}}}, 1), "TEMPLATE_NOT_CANONICAL");
  EXPECT_EQ(problem_with({{kGet, "/api/*", {}}}, 0), "TEMPLATE_RESERVED");
  EXPECT_EQ(problem_with({{kGet, "/api/:x", {}}}, 0), "TEMPLATE_RESERVED");
  EXPECT_EQ(problem_with({{static_cast<Method>(9), "/a", {}}}, 0), "MANIFEST_BAD_METHOD");
  EXPECT_EQ(problem_with({{kGet, "/a", {named("x", NamedShape::kInt)}}}, 0),
            "TEMPLATE_UNKNOWN_PARAM");
}

TEST(AllowList, ReportsEveryProblem) {
  std::vector<RuleProblem> problems;
  EXPECT_FALSE(AllowList::compile(
      {{kGet, "/a", {}}, {kGet, "b", {}}, {kGet, "/a", {}}, {kGet, "/auth", {}}}, &problems));
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].rule, 1U);
  EXPECT_EQ(name(problems[1].problem.code), "TEMPLATE_DUPLICATE_RULE");
  EXPECT_FALSE(problems[1].fatal);
  EXPECT_EQ(name(problems[2].problem.code), "TEMPLATE_RESERVED");
}

TEST(AllowList, KeepsTheFirstOfTwoEqualRules) {
  std::vector<RuleProblem> problems;
  const auto list = AllowList::compile({{kGet, "/a/:x", {}}, {kGet, "/a/:y", {}}}, &problems);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->find(kGet, "/a/1"), 0);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].rule, 1U);
}

TEST(AllowList, CountsRulesAndRegexesPerPlugin) {
  std::vector<ApiRule> rules(limits::kMaxApiRulesPerPlugin, {kGet, "/a", {}});
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i].path += std::to_string(i);
  EXPECT_EQ(make(rules).size(), rules.size());
  rules.push_back({kGet, "/b", {}});
  EXPECT_EQ(problem_with(rules, limits::kMaxApiRulesPerPlugin), "MANIFEST_TOO_MANY");

  rules.clear();
  for (std::size_t i = 0; i < limits::kMaxRegexShapesPerPlugin; ++i) {
    rules.push_back({kGet, "/r" + std::to_string(i) + "/:x", {matching("x", "a")}});
  }
  make(rules);
  rules.push_back({kGet, "/s/:x", {named("x", NamedShape::kInt)}});
  make(rules);
  rules.push_back({kGet, "/t/:x", {matching("x", "a")}});
  EXPECT_EQ(problem_with(rules, limits::kMaxRegexShapesPerPlugin + 1), "TEMPLATE_TOO_MANY_REGEXES");
}

TEST(AllowList, AcceptsTheLargestList) {
  std::vector<ApiRule> rules;
  for (std::size_t i = 0; i < limits::kMaxApiRulesPerPlugin; ++i) {
    std::string path = "/" + std::to_string(i);
    for (std::size_t j = 1; j < limits::kMaxTemplateSegments; ++j) path += "/s" + std::to_string(j);
    rules.push_back({kGet, path, {}});
  }
  const AllowList list = make(rules);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    EXPECT_EQ(find(list, kGet, rules[i].path), static_cast<int>(i));
    EXPECT_EQ(list.text(static_cast<int>(i)), rules[i].path);
  }
}

TEST(AllowList, FindsTheNearestRule) {
  const AllowList list = make({
      {kPost, "/api/sales/*", {}},
      {kGet, "/api/orders/:id", {named("id", NamedShape::kInt)}},
      {kGet, "/api/orders/:id/lines/", {}},
      {kGet, "/api/stock/Items", {}},
      {kPost, "/api/stock/items2", {}},
  });
  const auto nearest = [&](Method method, std::string_view path) {
    const int rule = list.nearest(method, path);
    return std::to_string(rule) + " " + list.remark(rule, path);
  };
  EXPECT_EQ(nearest(kGet, "/api/sales/summary"), "0 ");
  EXPECT_EQ(nearest(kPost, "/api/sales"), "0 '*' at the end matches one or more segments");
  EXPECT_EQ(nearest(kGet, "/api/orders/x1"),
            "1 :id must match int; 'x1' does not: a whole number of 64 bits without '+' or leading "
            "zeros");
  EXPECT_EQ(nearest(kGet, "/api/orders/1/lines"), "2 a trailing slash is significant");
  EXPECT_EQ(nearest(kGet, "/api/stock/items"), "4 ");
  EXPECT_EQ(nearest(kGet, "/api/stock/ITEMS"), "3 paths are case-sensitive");
  EXPECT_EQ(nearest(kGet, "/api/stock/Items/x/y"),
            "3 only '*' at the end matches more than one segment");
  EXPECT_EQ(list.nearest(kGet, "/zzz"), -1);
  EXPECT_EQ(list.nearest(kGet, "/"), -1);
  EXPECT_EQ(list.nearest(std::nullopt, "/api/sales/x"), 0);
  EXPECT_EQ(list.remark(-1, "/"), "");
}

TEST(AllowList, TenThousandPluginsUseLittleMemory) {
  std::vector<ApiRule> rules;
  for (int i = 0; i < 20; ++i) {
    rules.push_back({kGet, "/api/plugin-7/resource-" + std::to_string(i) + "/:id/items/*", {}});
  }
  EXPECT_LT(make(rules).memory_bytes() + sizeof(AllowList), 10000U);  // 100 MB for 10,000
}

}  // namespace
}  // namespace portcullis
