#include "portcullis/decision.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "exact_copy.hpp"

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

// Counts allocations on the hot path. All other forms of new call this one. Not inlined: GCC would
// see free() paired with operator new and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace portcullis {
namespace {

constexpr Method kGet = Method::kGet;
constexpr Method kPost = Method::kPost;

PluginPolicy make(const std::vector<ApiRule>& api, const std::vector<std::string>& sse = {}) {
  std::vector<PolicyProblem> problems;
  auto policy = PluginPolicy::compile("sales", api, sse, &problems);
  for (const PolicyProblem& found : problems) {
    EXPECT_FALSE(found.fatal) << found.pointer << ": " << found.detail;
  }
  return policy ? std::move(*policy) : std::move(*PluginPolicy::compile("", {}, {}, nullptr));
}

TEST(Decision, AllowsAndNamesTheRule) {
  const PluginPolicy policy = make({{kPost, "/api/sales/:id", {}}, {kGet, "/api/sales/*", {}}});
  const Decision decision = policy.decide("GET", "/api/./sales/%61/b?q=1");
  EXPECT_EQ(to_json(decision),
            R"({"allowed":true,"code":"ALLOWED","target":"/api/sales/a/b?q=1",)"
            R"("rule":"/permissions/api/1","params":{},"explain":)"
            R"("GET /api/sales/a/b is allowed by permissions.api[1] GET /api/sales/*."})");
  EXPECT_EQ(
      to_json(policy.decide("POST", "/api/sales/%22%C3%A9")),
      R"({"allowed":true,"code":"ALLOWED","target":"/api/sales/%22%C3%A9",)"
      R"("rule":"/permissions/api/0","params":{"id":"\")"
      "\xc3\xa9"
      R"("},"explain":)"
      R"("POST /api/sales/%22%C3%A9 is allowed by permissions.api[0] POST /api/sales/:id."})");
}

TEST(Decision, DeniesAndExplainsWhatWouldAllow) {
  const PluginPolicy policy = make({{kPost, "/api/sales/*", {}}});
  EXPECT_EQ(to_json(policy.decide("GET", "/api/sales/summary?x")),
            R"({"allowed":false,"code":"ALLOWLIST_VIOLATION","target":"/api/sales/summary?x",)"
            R"("rule":null,"params":{},"explain":)"
            R"("GET /api/sales/summary is not allowed; nearest rule: permissions.api[0] POST )"
            R"(/api/sales/*; to allow it add {\"method\":\"GET\",\"path\":\"/api/sales/summary\"} )"
            R"(to permissions.api."})");
  EXPECT_EQ(policy.decide("POST", "/api/sales").explain,
            "POST /api/sales is not allowed; nearest rule: permissions.api[0] POST /api/sales/* "
            "('*' at the end matches one or more segments); to allow it add "
            R"({"method":"POST","path":"/api/sales"} to permissions.api.)");
  EXPECT_EQ(policy.decide("GET", "/zzz").explain,
            "GET /zzz is not allowed; no permissions.api rule is similar; to allow it add "
            R"({"method":"GET","path":"/zzz"} to permissions.api.)");
  EXPECT_EQ(make({}).decide("GET", "/x").explain,
            "GET /x is not allowed; the plugin has no permissions.api rules; to allow it add "
            R"({"method":"GET","path":"/x"} to permissions.api.)");
  EXPECT_EQ(policy.decide("get", "/api/sales/x").explain,
            "get /api/sales/x is not allowed; rules can name GET, HEAD, POST, PUT, PATCH and "
            "DELETE, in capitals.");
}

TEST(Decision, NeverSuggestsAnInvalidRule) {
  const PluginPolicy policy = make({});
  EXPECT_NE(policy.decide("GET", "/auth/login").explain.find("no rule can allow it"),
            std::string::npos);
  EXPECT_NE(policy.decide("GET", "/" + std::string(600, 'a')).explain.find("no rule can name"),
            std::string::npos);
  const std::string wild = policy.decide("GET", "/x/:y/*%20").explain;
  EXPECT_NE(wild.find(R"({"method":"GET","path":"/x/:value1/:value2",)"
                      R"("params":{"value1":[":y"],"value2":["* "]}})"),
            std::string::npos)
      << wild;
  ParamSpec one;
  one.name = "value1";
  one.kind = ParamSpec::kChoices;
  one.choices = {":y"};
  ParamSpec two = one;
  two.name = "value2";
  two.choices = {"* "};
  EXPECT_TRUE(make({{kGet, "/x/:value1/:value2", {one, two}}}).decide("GET", "/x/:y/*%20").allowed);
}

TEST(Decision, ExplainsRejectedPaths) {
  const PluginPolicy policy = make({{kGet, "/a", {}}});
  EXPECT_EQ(to_json(policy.decide("GET", "/a/..%2fb")),
            R"({"allowed":false,"code":"PATH_ENCODED_SLASH","target":null,"rule":null,"params":{},)"
            R"("explain":"GET /a/..%2fb is rejected: PATH_ENCODED_SLASH at byte 5 ('%2f'); )"
            R"(it is never decoded, because servers disagree on its meaning; use a )"
            R"(numeric id or send the value as a query parameter."})");
  EXPECT_EQ(policy.decide("G\xff", std::string_view("/a\0\xff", 4)).explain,
            "G\\xff /a\\x00\\xff is rejected: PATH_CONTROL_BYTE at byte 2 ('\\x00'); remove "
            "the control byte.");
  EXPECT_EQ(policy.decide_topic("x").explain,
            "event stream x is rejected: PATH_NOT_ABSOLUTE at byte 0 ('x'); start the target with "
            "'/', without scheme and host.");
  EXPECT_EQ(policy.decide("GET", "").explain,
            "GET  is rejected: PATH_NOT_ABSOLUTE at byte 0; start the target with '/', without "
            "scheme and host.");
  const std::string big = policy.decide("GET", "/" + std::string(5000, 'a')).explain;
  EXPECT_LT(big.size(), 400U);
}

// Each rejection code of a path has its own advice.
TEST(Decision, HasAdviceForEveryRejection) {
  const PluginPolicy policy = make({});
  const std::string query(limits::kMaxQueryBytes + 1, 'q');
  for (const std::string& target :
       {std::string(5000, '/'), std::string("a"),    std::string("/\t"),  std::string("/\xff"),
        std::string("/\\"),     std::string("/#"),   std::string("/;"),   std::string("/ "),
        std::string("/%"),      std::string("/%2f"), std::string("/%5c"), std::string("/%3b"),
        std::string("/%23"),    std::string("/%3f"), std::string("/%00"), std::string("/%2541"),
        std::string("/%ff"),    std::string("//."),  std::string("/.."),  "/?" + query,
        std::string("/? ")}) {
    const Decision decision = policy.decide("GET", target);
    EXPECT_EQ(decision.explain.find("; ."), std::string::npos) << decision.explain;
    EXPECT_FALSE(decision.target);
  }
}

TEST(Decision, JudgesTopics) {
  const PluginPolicy policy = make({}, {"/events/orders", "/events/orders/eu"});
  EXPECT_EQ(to_json(policy.decide_topic("/events/orders/eu/1?since=2")),
            R"({"allowed":true,"code":"ALLOWED","target":"/events/orders/eu/1?since=2",)"
            R"("rule":"/permissions/sse/1","params":{},"explain":"event stream )"
            R"(/events/orders/eu/1 is allowed by permissions.sse[1] /events/orders/eu."})");
  EXPECT_EQ(to_json(policy.decide_topic("/events/orders-secret")),
            R"({"allowed":false,"code":"TOPIC_NOT_ALLOWED","target":"/events/orders-secret",)"
            R"("rule":null,"params":{},"explain":"event stream /events/orders-secret is not )"
            R"(allowed; nearest entry: permissions.sse[0] /events/orders; to allow it add )"
            R"(\"/events/orders-secret\" to permissions.sse."})");
  EXPECT_NE(policy.decide_topic("/api/plugins/events").explain.find("no entry can allow it"),
            std::string::npos);
  EXPECT_NE(policy.decide_topic("/events/*").explain.find("no entry can name"), std::string::npos);
  EXPECT_NE(make({}).decide_topic("/e").explain.find("has no permissions.sse entries"),
            std::string::npos);
  EXPECT_NE(policy.decide_topic("/x").explain.find("no permissions.sse entry is similar"),
            std::string::npos);
  EXPECT_FALSE(policy.decide("GET", "/events/orders").allowed);  // a stream is not a call
}

TEST(Decision, CheckAndDecideAgree) {
  const PluginPolicy policy = make({{kGet, "/a/:x", {}}}, {"/e"});
  for (const std::string_view target :
       {"/a/1", "/a", "/a/%2f", "/a/1?q", "/e", "/e/1", "/..", ""}) {
    for (const std::string_view method : {"GET", "HEAD", "POST", "get", ""}) {
      const ExactCopy copy(target);
      CanonicalPath path;
      const auto verdict = policy.check(method, copy.view(), path);
      const Decision decision = policy.decide(method, copy.view());
      EXPECT_EQ(verdict.code, decision.code);
      EXPECT_EQ(verdict.code == Code::kAllowed, decision.allowed);
      EXPECT_EQ(path.target(), decision.target.value_or(""));
      EXPECT_EQ(decision.rule.has_value(), verdict.rule >= 0);
    }
    CanonicalPath path;
    EXPECT_EQ(policy.check_topic(target, path).code, policy.decide_topic(target).code);
  }
}

TEST(Decision, CheckAllocatesNothing) {
  ParamSpec id;
  id.name = "id";
  ParamSpec state = id;
  state.name = "state";
  state.kind = ParamSpec::kChoices;
  state.choices = {"open", "a b"};
  const PluginPolicy policy = make(
      {{kGet, "/api/orders/:id/:state", {id, state}}, {kGet, "/api/sales/*", {}}}, {"/events/x"});
  const std::string_view targets[] = {"/api/sales/summary",
                                      "/api/./sales/%61?q=1",
                                      "/api/sales",
                                      "/api/%2f",
                                      "/api/orders/123e4567-e89b-12d3-a456-426614174000/a%20b",
                                      "/events/x/1"};
  CanonicalPath path;
  const std::size_t before = allocations;
  int allowed = 0;
  for (const std::string_view target : targets) {
    allowed += policy.check("GET", target, path).rule >= 0 ? 1 : 0;
    allowed += policy.check(Method::kHead, target, path).rule >= 0 ? 1 : 0;
    allowed += policy.check_topic(target, path).rule >= 0 ? 1 : 0;
  }
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_EQ(allowed, 7);
}

TEST(PluginPolicy, PointsAtTheProblem) {
  ParamSpec spec;
  spec.name = "a~/b";
  ParamSpec bad;
  bad.name = "x";
  bad.kind = ParamSpec::kRegex;
  bad.regex = "(";
  std::vector<PolicyProblem> problems;
  EXPECT_FALSE(PluginPolicy::compile("p",
                                     {{kGet, "/ok", {}},
                                      {kGet, "nope", {}},
                                      {kGet, "/x", {spec}},
                                      {kGet, "/x/:x", {bad}},
                                      {kGet, "/ok", {}},
                                      {static_cast<Method>(9), "/y", {}}},
                                     {"/e", "/e/*"}, &problems));
  std::vector<std::string> found;
  for (const PolicyProblem& problem : problems) {
    found.push_back(std::string(name(problem.code)) + " " + problem.pointer +
                    (problem.fatal ? "" : " (not fatal)"));
  }
  EXPECT_EQ(found, (std::vector<std::string>{
                       "TEMPLATE_NOT_CANONICAL /permissions/api/1/path",
                       "TEMPLATE_UNKNOWN_PARAM /permissions/api/2/params/a~0~1b",
                       "TEMPLATE_BAD_REGEX /permissions/api/3/params/x",
                       "TEMPLATE_DUPLICATE_RULE /permissions/api/4 (not fatal)",
                       "MANIFEST_BAD_METHOD /permissions/api/5/method",
                       "TOPIC_WILDCARD /permissions/sse/1",
                   }));
  EXPECT_FALSE(PluginPolicy::compile("p", {{kGet, "nope", {}}}, {}, nullptr));
}

}  // namespace
}  // namespace portcullis
