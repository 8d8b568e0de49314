#include "lab/embedded_pdp.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "adapters/yaml/load_parts.hpp"
#include "config_folder.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

using Json = nlohmann::json;

PdpPolicy policy_of(const std::string& text) {
  std::vector<ConfigProblem> problems;
  const auto root = parse_yaml(text, "policy.yaml", problems);
  PdpPolicy policy;
  if (root) {
    ProblemSink sink("policy.yaml", problems);
    policy = load_policy(*root, sink, nullptr);
  }
  for (const ConfigProblem& problem : problems) ADD_FAILURE() << to_string(problem);
  return policy;
}

const PdpPolicy& viewers() {
  static const PdpPolicy policy = policy_of(R"(
subjects:
  - { type: account, id: "auth:account:lab:vera", roles: [viewer] }
rules:
  - id: viewers-see
    effect: permit
    subject: { roles: [viewer] }
    action: [view]
    resource: { type: [plugin.route, plugin.widget] }
  - id: limited-no-hello
    effect: deny
    subject: { ids: ["auth:account:lab:limited"] }
    resource: { type: [plugin.widget], id: ["hello:*"] }
)");
  return policy;
}

std::string request(const std::string& id, const std::string& type, const std::string& resource) {
  return Json{{"subject", {{"type", "account"}, {"id", id}}},
              {"resource", {{"type", type}, {"id", resource}}},
              {"action", {{"name", "view"}}}}
      .dump();
}

const std::vector<std::string> kViewer = {"viewer"};

bool permits(const std::string& body, const Asker& asker = {}) {
  const PdpAnswer answer = evaluate(viewers(), body, asker);
  EXPECT_EQ(answer.status, 200) << answer.detail;
  EXPECT_EQ(answer.body, answer.decisions.at(0) ? R"({"decision":true})" : R"({"decision":false})");
  return answer.decisions.at(0);
}

TEST(EmbeddedPdp, PermitsOnlyWhatARulePermits) {
  EXPECT_TRUE(permits(request("auth:account:lab:vera", "plugin.route", "/hello")));
  EXPECT_FALSE(permits(request("auth:account:lab:vera", "plugin.other", "/hello")));
  EXPECT_FALSE(permits(request("auth:account:lab:stranger", "plugin.route", "/hello")));
}

TEST(EmbeddedPdp, UsesTheHostsRoles) {
  const Asker host{"localhost", &kViewer};
  EXPECT_TRUE(permits(request("auth:account:lab:new", "plugin.route", "/hello"), host));
  const std::vector<std::string> none;
  EXPECT_FALSE(
      permits(request("auth:account:lab:vera", "plugin.route", "/hello"), {"localhost", &none}));
}

TEST(EmbeddedPdp, DenyOverridesPermit) {
  const Asker host{"localhost", &kViewer};
  const std::string limited = "auth:account:lab:limited";
  EXPECT_FALSE(permits(request(limited, "plugin.widget", "hello:HelloWidget"), host));
  EXPECT_TRUE(permits(request(limited, "plugin.widget", "hello-widget:HelloWidget"), host));
  EXPECT_TRUE(permits(request(limited, "plugin.route", "hello:x"), host));
}

TEST(EmbeddedPdp, RejectsMalformedRequests) {
  struct Row {
    const char* body;
    Code code;
  };
  for (
      const Row& row : {
          Row{"", Code::kJsonSyntax},
          Row{"{", Code::kJsonSyntax},
          Row{"[]", Code::kJsonWrongShape},
          Row{"null", Code::kJsonWrongShape},
          Row{"{}", Code::kJsonWrongShape},
          Row{R"({"subject":{"type":"a","id":"b"},"resource":{"type":"a","id":"b"}})",
              Code::kJsonWrongShape},
          Row{R"({"subject":"x","resource":{"type":"a","id":"b"},"action":{"name":"n"}})",
              Code::kJsonWrongShape},
          Row{R"({"subject":{"type":"a","id":7},"resource":{"type":"a","id":"b"},"action":{"name":"n"}})",
              Code::kJsonWrongShape},
          Row{R"({"subject":{"type":"a","id":""},"resource":{"type":"a","id":"b"},"action":{"name":"n"}})",
              Code::kJsonWrongShape},
          Row{R"({"subject":{"type":"a","id":"b","properties":[]},"resource":{"type":"a","id":"b"},"action":{"name":"n"}})",
              Code::kJsonWrongShape},
          Row{R"({"subject":{"type":"a","id":"b"},"resource":{"type":"a","id":"b"},"action":{"name":"n"},"context":1})",
              Code::kJsonWrongShape},
          Row{R"({"subject":{"type":"a","id":"b","id":"c"},"resource":{"type":"a","id":"b"},"action":{"name":"n"}})",
              Code::kJsonDuplicateKey},
      }) {
    const PdpAnswer answer = evaluate(viewers(), row.body, {});
    EXPECT_EQ(answer.status, 400) << row.body;
    EXPECT_EQ(answer.code, row.code) << row.body;
    EXPECT_FALSE(answer.detail.empty());
    EXPECT_TRUE(answer.decisions.empty());
  }
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(evaluate(viewers(), deep, {}).code, Code::kJsonTooDeep);
  EXPECT_EQ(evaluate(viewers(), std::string(kMaxPdpRequestBytes + 1, ' '), {}).status, 413);
  EXPECT_EQ(evaluate(viewers(), std::string("{}\0", 3), {}).code, Code::kJsonSyntax);
}

Json batch(const std::string& body, int status = 200) {
  const PdpAnswer answer = evaluate_batch(viewers(), body, {"localhost", &kViewer});
  EXPECT_EQ(answer.status, status) << answer.detail;
  return Json::parse(answer.body, nullptr, false);
}

constexpr const char* kMixed = R"({"subject":{"type":"account","id":"x"},"action":{"name":"view"},
  "resource":{"type":"plugin.route","id":"/default"},
  "evaluations":[{},{"action":{"name":"other"}},{"resource":{"type":"plugin.widget","id":"a:b"}}])";

TEST(EmbeddedPdp, MergesTheDefaultsOfABatch) {
  EXPECT_EQ(
      batch(std::string(kMixed) + "}"),
      Json::parse(R"({"evaluations":[{"decision":true},{"decision":false},{"decision":true}]})"));
}

TEST(EmbeddedPdp, ReplacesDefaultsAsAWhole) {
  // The default's resource is not merged into the evaluation's, which then has no id.
  const Json answer = batch(R"({"subject":{"type":"account","id":"x"},"action":{"name":"view"},
    "resource":{"type":"plugin.route","id":"/d"},"evaluations":[{"resource":{"type":"plugin.route"}}]})");
  EXPECT_EQ(answer["evaluations"][0]["decision"], false);
  EXPECT_EQ(answer["evaluations"][0]["context"]["error"]["status"], 400);
}

TEST(EmbeddedPdp, FollowsTheEvaluationsSemantic) {
  const std::string head = std::string(kMixed) + R"(,"options":{"evaluations_semantic":")";
  EXPECT_EQ(batch(head + "execute_all\"}}")["evaluations"].size(), 3u);
  EXPECT_EQ(batch(head + "deny_on_first_deny\"}}"),
            Json::parse(R"({"evaluations":[{"decision":true},{"decision":false}]})"));
  EXPECT_EQ(batch(head + "permit_on_first_permit\"}}"),
            Json::parse(R"({"evaluations":[{"decision":true}]})"));
  batch(head + "first_come\"}}", 400);
}

TEST(EmbeddedPdp, AnswersOtherEvaluationsIfOneIsMalformed) {
  const Json answer = batch(R"({"subject":{"type":"account","id":"x"},"action":{"name":"view"},
    "evaluations":[7,{"resource":{"type":"plugin.route","id":"/a"}},{}]})");
  ASSERT_EQ(answer["evaluations"].size(), 3u);
  EXPECT_EQ(answer["evaluations"][0]["decision"], false);
  EXPECT_EQ(answer["evaluations"][0]["context"]["error"]["status"], 400);
  EXPECT_EQ(answer["evaluations"][1], Json::parse(R"({"decision":true})"));
  EXPECT_EQ(answer["evaluations"][2]["context"]["error"]["message"], "resource is required");
}

TEST(EmbeddedPdp, AnswersAnEmptyBatchAsASingleEvaluation) {
  const std::string one = request("x", "plugin.route", "/a");
  EXPECT_EQ(batch(one), Json::parse(R"({"decision":true})"));
  EXPECT_EQ(batch(one.substr(0, one.size() - 1) + R"(,"evaluations":[]})"),
            Json::parse(R"({"decision":true})"));
  batch("{}", 400);
}

TEST(EmbeddedPdp, RejectsMalformedBatches) {
  for (const char* body : {R"({"evaluations":{}})", R"({"evaluations":[{}],"options":7})",
                           R"({"evaluations":[{}],"subject":7})", "[]", "nope",
                           R"({"evaluations":[{}],"options":{"evaluations_semantic":7}})"}) {
    EXPECT_EQ(evaluate_batch(viewers(), body, {}).status, 400) << body;
  }
  std::string many = R"({"evaluations":[{})";
  for (std::size_t i = 0; i < limits::kMaxEvaluations; ++i) many += ",{}";
  EXPECT_EQ(evaluate_batch(viewers(), many + "]}", {}).status, 400);
}

TEST(EmbeddedPdp, LimitsRulesToTenants) {
  const PdpPolicy policy = policy_of(R"(
rules:
  - { id: all, effect: permit, action: [a] }
  - { id: acme-only, effect: permit, action: [b], tenants: [acme.test] }
  - { id: not-in-acme, effect: deny, action: [a], tenants: [acme.test] }
)");
  const auto asked = [&](const char* action, std::string_view tenant,
                         const std::string& more = "") {
    const std::string body =
        R"({"subject":{"type":"t","id":"i"},"resource":{"type":"t","id":"i"},"action":{"name":")" +
        std::string(action) + "\"}" + more + "}";
    const PdpAnswer answer = evaluate(policy, body, {tenant, nullptr});
    return answer.decisions.at(0);
  };
  EXPECT_TRUE(asked("b", "acme.test"));
  EXPECT_FALSE(asked("b", "other.test"));
  EXPECT_FALSE(asked("a", "acme.test"));
  EXPECT_TRUE(asked("a", "other.test"));
  // Unknown tenant: the permit does not apply, the deny does.
  EXPECT_FALSE(asked("b", ""));
  EXPECT_FALSE(asked("a", ""));
  EXPECT_TRUE(asked("b", "", R"(,"context":{"tenant":"acme.test"})"));
  // The host's knowledge takes precedence over the request.
  EXPECT_FALSE(asked("b", "other.test", R"(,"context":{"tenant":"acme.test"})"));
}

TEST(EmbeddedPdp, EvaluatesConditions) {
  const PdpPolicy policy = policy_of(R"(
rules:
  - { id: equals, effect: permit, action: [equals], when: [{ path: resource.properties.n, equals: 7 }] }
  - { id: other, effect: permit, action: [other], when: [{ path: subject.id, equals_path: resource.properties.owner }] }
  - { id: has, effect: permit, action: [has], when: [{ path: resource.properties.tags, contains: red }] }
  - { id: has-other, effect: permit, action: [has_other], when: [{ path: resource.properties.members, contains_path: subject.id }] }
  - { id: in, effect: permit, action: [in], when: [{ path: context.country, in: [de, at] }] }
  - { id: absent, effect: permit, action: [absent], when: [{ path: context.blocked, exists: false }] }
  - { id: both, effect: permit, action: [both], when: [{ path: context.a, equals: true }, { path: context.b, equals: true }] }
)");
  const auto asked = [&](const char* action, const char* properties, const char* context) {
    const std::string body =
        R"({"subject":{"type":"t","id":"me"},"resource":{"type":"t","id":"i","properties":)" +
        std::string(properties) + R"(},"action":{"name":")" + action + R"("},"context":)" +
        context + "}";
    const PdpAnswer answer = evaluate(policy, body, {});
    EXPECT_EQ(answer.status, 200) << answer.detail;
    return answer.decisions.at(0);
  };
  EXPECT_TRUE(asked("equals", R"({"n":7})", "{}"));
  EXPECT_FALSE(asked("equals", R"({"n":"7"})", "{}"));
  EXPECT_FALSE(asked("equals", "{}", "{}"));
  EXPECT_TRUE(asked("other", R"({"owner":"me"})", "{}"));
  EXPECT_FALSE(asked("other", R"({"owner":"you"})", "{}"));
  EXPECT_FALSE(asked("other", "{}", "{}"));
  EXPECT_TRUE(asked("has", R"({"tags":["blue","red"]})", "{}"));
  EXPECT_TRUE(asked("has", R"({"tags":"a red one"})", "{}"));
  EXPECT_FALSE(asked("has", R"({"tags":["bloodred"]})", "{}"));
  EXPECT_TRUE(asked("has_other", R"({"members":["you","me"]})", "{}"));
  EXPECT_FALSE(asked("has_other", R"({"members":{"me":1}})", "{}"));
  EXPECT_TRUE(asked("in", "{}", R"({"country":"at"})"));
  EXPECT_FALSE(asked("in", "{}", R"({"country":"fr"})"));
  EXPECT_TRUE(asked("absent", "{}", "{}"));
  EXPECT_FALSE(asked("absent", "{}", R"({"blocked":null})"));
  EXPECT_TRUE(asked("both", "{}", R"({"a":true,"b":true})"));
  EXPECT_FALSE(asked("both", "{}", R"({"a":true})"));
}

TEST(EmbeddedPdp, ServesMetadata) {
  EXPECT_EQ(pdp_metadata("http://localhost:1"),
            R"({"policy_decision_point":"http://localhost:1",)"
            R"("access_evaluation_endpoint":"http://localhost:1/access/v1/evaluation",)"
            R"("access_evaluations_endpoint":"http://localhost:1/access/v1/evaluations"})");
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(EmbeddedPdp, PassesTheInteropScenarios) {
  const char* named = std::getenv("CONFORMANCE_DIR");
  const std::filesystem::path tests = PORTCULLIS_HOST_TESTS_DIR;
  const std::filesystem::path folder =
      named != nullptr ? std::filesystem::path(named) : tests / "../../../shared/conformance";
  if (!std::filesystem::exists(folder / "authzen-interop.json")) {
    GTEST_SKIP() << "no conformance rows at " << folder;
  }
  const PdpPolicy policy = policy_of(read_text(tests / "data/interop_policy.yaml"));
  std::size_t rows = 0;
  for (const Json& row : Json::parse(read_text(folder / "authzen-interop.json"))) {
    const std::string endpoint = row["endpoint"];
    if (endpoint.find("/search/") != std::string::npos) continue;
    const bool is_batch = endpoint == "/access/v1/evaluations";
    const std::string body = row["request"].dump();
    const PdpAnswer answer =
        is_batch ? evaluate_batch(policy, body, {}) : evaluate(policy, body, {});
    EXPECT_EQ(answer.status, row["status"].get<int>()) << row["id"];
    EXPECT_EQ(Json::parse(answer.body, nullptr, false), row["expect"]) << row["id"];
    ++rows;
  }
  EXPECT_GT(rows, 100u);
}

}  // namespace
}  // namespace portcullis::bff
