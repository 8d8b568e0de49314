#include "portcullis/topics.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exact_copy.hpp"

namespace portcullis {
namespace {

TopicList make(const std::vector<std::string>& prefixes) {
  std::vector<TopicProblem> problems;
  auto list = TopicList::compile(prefixes, &problems);
  EXPECT_TRUE(list) << problems.front().detail;
  return list ? std::move(*list) : TopicList();
}

int find(const std::vector<std::string>& prefixes, std::string_view path) {
  const ExactCopy copy(path);
  return make(prefixes).find(copy.view());
}

std::string_view problem_with(const std::string& prefix) {
  std::vector<TopicProblem> problems;
  if (TopicList::compile({"/ok", prefix}, &problems)) return "";
  EXPECT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].entry, 1U);
  EXPECT_NE(problems[0].detail, "");
  return name(problems[0].code);
}

TEST(Topics, CoverPathsBelowThemAtASegmentBoundary) {
  for (const std::string_view topic :
       {"/events/orders", "/events/orders/", "/events/orders/42", "/events/orders/42/x"}) {
    EXPECT_EQ(find({"/events/orders"}, topic), 0) << topic;
  }
  for (const std::string_view topic : {"/events/orders-secret", "/events/order", "/events", "/",
                                       "/events/Orders", "/x/events/orders", "/events/orders%20"}) {
    EXPECT_EQ(find({"/events/orders"}, topic), -1) << topic;
  }
  EXPECT_EQ(find({}, "/events"), -1);
}

TEST(Topics, WithATrailingSlashRequireIt) {
  EXPECT_EQ(find({"/events/"}, "/events"), -1);
  EXPECT_EQ(find({"/events/"}, "/events/"), 0);
  EXPECT_EQ(find({"/events/"}, "/events/x"), 0);
  EXPECT_EQ(find({"/events/"}, "/eventsx"), -1);
}

TEST(Topics, FindTheLongestEntryAndThenTheFirst) {
  EXPECT_EQ(find({"/e", "/e/a/b", "/e/a", "/e/a"}, "/e/a/b/c"), 1);
  EXPECT_EQ(find({"/e", "/e/a/b", "/e/a", "/e/a"}, "/e/a/c"), 2);
  EXPECT_EQ(find({"/e", "/e/a/b", "/e/a", "/e/a"}, "/e/c"), 0);
}

TEST(Topics, RejectInvalidAndReservedEntries) {
  for (const char* bad : {"", "events", "/events//x", "/events/../x", "/events/%61", "/events?x",
                          "/events?", "/e#x", "/e x", "/{x}", "/%2f", "/\xc3\xa9"}) {
    EXPECT_EQ(problem_with(bad), "TOPIC_NOT_CANONICAL") << bad;
  }
  for (const char* bad : {"/events/*", "/*", "/events/:id", "/e*", "/:x/y"}) {
    EXPECT_EQ(problem_with(bad), "TOPIC_WILDCARD") << bad;
  }
  for (const char* bad : {"/", "/api", "/api/", "/auth", "/auth/x", "/access/", "/api/plugins",
                          "/api/plugins/events", "/api/plugins/secure-echo"}) {
    EXPECT_EQ(problem_with(bad), "TOPIC_RESERVED") << bad;
  }
  for (const char* good : {"/events", "/events/", "/api/pluginsx", "/a:b", "/authx", "/ap"}) {
    EXPECT_EQ(problem_with(good), "") << good;
  }
}

TEST(Topics, ReportEveryProblemAndEnforceTheLimit) {
  std::vector<TopicProblem> problems;
  EXPECT_FALSE(TopicList::compile({"x", "/ok", "/*"}, &problems));
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[1].entry, 2U);
  EXPECT_FALSE(TopicList::compile({"x"}, nullptr));
  std::vector<std::string> many(limits::kMaxSsePrefixesPerPlugin, "/e");
  EXPECT_TRUE(TopicList::compile(many, nullptr));
  many.push_back("/e");
  problems.clear();
  EXPECT_FALSE(TopicList::compile(many, &problems));
  EXPECT_EQ(name(problems.at(0).code), "MANIFEST_TOO_MANY");
}

TEST(Topics, LenientListsIgnoreInvalidEntries) {
  const TopicList list = TopicList::lenient({"/e/*", "e", "/%61", "", "/a", "/"});
  EXPECT_EQ(list.find("/e/*"), 5);  // "/" covers all; reserved paths are not checked here
  EXPECT_EQ(list.find("/a/b"), 4);
  EXPECT_EQ(TopicList::lenient({"/e/*", "e", ""}).find("/e/*"), -1);
  EXPECT_EQ(TopicList::lenient({"/e/*", "e", ""}).find("/"), -1);
}

TEST(Topics, FindTheNearestEntry) {
  const TopicList list = make({"/events/orders", "/stream/a"});
  EXPECT_EQ(list.nearest("/events/order"), 0);
  EXPECT_EQ(list.nearest("/stream"), 1);
  EXPECT_EQ(list.nearest("/x"), -1);
  EXPECT_EQ(TopicList().nearest("/x"), -1);
}

}  // namespace
}  // namespace portcullis
