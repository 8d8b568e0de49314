#include "api/dialect.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "domain/config.hpp"
#include "lab/embedded_pdp.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

using Json = nlohmann::json;

const SessionContext kSession{"auth:account:lab:vera", "localhost", "127.0.0.1", "agent/1 \"x\""};

TEST(Dialect, WritesSingleDecisionsInEitherForm) {
  EXPECT_EQ(write_single(true, AuthzenDialect::kFinal), R"({"decision":true})");
  EXPECT_EQ(write_single(false, AuthzenDialect::kFinal), R"({"decision":false})");
  EXPECT_EQ(write_single(true, AuthzenDialect::kSeeds), R"({"decision":"Permit"})");
  EXPECT_EQ(write_single(false, AuthzenDialect::kSeeds), R"({"decision":"Deny"})");
}

TEST(Dialect, WritesBatchesInBothForms) {
  EXPECT_EQ(write_batch({true, false}),
            R"({"evaluations":[{"decision":true},{"decision":false}],)"
            R"("decisions":[{"decision":"Permit"},{"decision":"Deny"}]})");
  EXPECT_EQ(write_batch({}), R"({"evaluations":[],"decisions":[]})");
}

TEST(SessionRequest, ReplacesThePagesSubject) {
  const SessionRequest result = session_request(
      R"({"subject":{"type":"account","id":"auth:account:lab:operator"},"resource":{"type":"t","id":"i"},
          "action":{"name":"view"},"context":{"client":{"ip":"6.6.6.6"},"tenant":"acme","kept":1}})",
      false, kSession);
  ASSERT_EQ(result.code, Code::kAllowed);
  const Json body = Json::parse(result.body);
  EXPECT_EQ(body["subject"], Json::parse(R"({"type":"account","id":"auth:account:lab:vera"})"));
  EXPECT_EQ(body["context"]["client"]["ip"], "127.0.0.1");
  EXPECT_EQ(body["context"]["client"]["user_agent"], "agent/1 \"x\"");
  EXPECT_EQ(body["context"]["tenant"], "localhost");
  EXPECT_EQ(body["context"]["kept"], 1);
  EXPECT_EQ(body["resource"], Json::parse(R"({"type":"t","id":"i"})"));
  EXPECT_TRUE(result.single);
}

TEST(SessionRequest, ReplacesTheSubjectOfEveryEvaluation) {
  const SessionRequest result = session_request(
      R"({"context":{},"evaluations":[{"subject":{"type":"account","id":"operator"}},
          {"context":{"client":"forged","x":1}},{"context":null},{}]})",
      true, kSession);
  ASSERT_EQ(result.code, Code::kAllowed);
  EXPECT_EQ(result.evaluations, 4u);
  EXPECT_FALSE(result.single);
  const Json body = Json::parse(result.body);
  EXPECT_EQ(body["context"]["client"]["ip"], "127.0.0.1");
  for (const Json& evaluation : body["evaluations"]) {
    EXPECT_EQ(evaluation["subject"]["id"], "auth:account:lab:vera");
    if (evaluation.contains("context")) {
      EXPECT_EQ(evaluation["context"]["client"]["ip"], "127.0.0.1");
      EXPECT_EQ(evaluation["context"]["tenant"], "localhost");
    }
  }
  EXPECT_EQ(body["evaluations"][1]["context"]["x"], 1);
  EXPECT_FALSE(body["evaluations"][3].contains("context"));
}

TEST(SessionRequest, NeverSendsASingleEvaluationAsABatch) {
  const SessionRequest result =
      session_request(R"({"evaluations":[{"subject":{"id":"x"}}]})", false, kSession);
  EXPECT_FALSE(Json::parse(result.body).contains("evaluations"));
  EXPECT_TRUE(session_request(R"({"evaluations":[]})", true, kSession).single);
}

TEST(SessionRequest, RejectsMalformedRequests) {
  struct Row {
    const char* body;
    Code code;
  };
  for (const Row& row : {Row{"nope", Code::kJsonSyntax}, Row{"[]", Code::kJsonWrongShape},
                         Row{R"({"context":"x"})", Code::kJsonWrongShape},
                         Row{R"({"evaluations":{}})", Code::kJsonWrongShape},
                         Row{R"({"evaluations":[1]})", Code::kJsonWrongShape},
                         Row{R"({"evaluations":[{"context":[]}]})", Code::kJsonWrongShape},
                         Row{R"({"subject":1,"subject":2})", Code::kJsonDuplicateKey}}) {
    const SessionRequest result = session_request(row.body, true, kSession);
    EXPECT_EQ(result.code, row.code) << row.body;
    EXPECT_FALSE(result.detail.empty());
    EXPECT_TRUE(result.body.empty());
  }
  EXPECT_EQ(session_request(std::string(limits::kMaxJsonBodyBytes + 1, ' '), true, kSession).code,
            Code::kJsonTooLarge);
}

TEST(SessionRequest, RejectsLargeDefaultsOfManyEvaluations) {
  const auto asked = [](std::size_t numbers, std::size_t evaluations) {
    std::string body = R"({"resource":{"properties":{"tags":[0)";
    for (std::size_t i = 0; i < numbers; ++i) body += ",1";
    body += R"(]}},"evaluations":[{})";
    for (std::size_t i = 1; i < evaluations; ++i) body += ",{}";
    return session_request(body + "]}", true, kSession);
  };
  EXPECT_EQ(asked(400'000, 16).code, Code::kAllowed);
  EXPECT_EQ(asked(4'000, 4'096).code, Code::kAllowed);
  const SessionRequest refused = asked(400'000, 4'096);
  EXPECT_EQ(refused.code, Code::kJsonTooLarge);
  EXPECT_NE(refused.detail.find("each of them"), std::string::npos);
}

TEST(SessionRequest, IsValidJsonForAnyUserAgent) {
  SessionContext odd = kSession;
  odd.user_agent = "\xff\xfe\x01";
  const SessionRequest result = session_request("{}", false, odd);
  EXPECT_FALSE(Json::parse(result.body, nullptr, false).is_discarded());
}

TEST(SessionRequest, FitsTheLimitWithTheLargestBatchAndALongUserAgent) {
  SessionContext session = kSession;
  session.user_agent.assign(32'768, 'u');
  std::string batch = R"({"evaluations":[)";
  const std::string entry =
      R"({"action":{"name":"view"},"resource":{"type":"t","id":"i"},"context":{"x":")" +
      std::string(150, 'x') + R"("}})";
  for (std::size_t i = 0; i < limits::kMaxEvaluations; ++i) batch += (i == 0 ? "" : ",") + entry;
  batch += "]}";
  ASSERT_LE(batch.size(), limits::kMaxJsonBodyBytes);
  const SessionRequest result = session_request(batch, true, session);
  ASSERT_EQ(result.code, Code::kAllowed);
  EXPECT_GT(result.body.size(), limits::kMaxJsonBodyBytes);
  EXPECT_LT(result.body.size(), kMaxPdpRequestBytes);
  const PdpAnswer answer = evaluate_batch(PdpPolicy{}, result.body, {"localhost", nullptr});
  EXPECT_EQ(answer.status, 200) << answer.detail;
  EXPECT_EQ(answer.decisions.size(), std::size_t{limits::kMaxEvaluations});
}

}  // namespace
}  // namespace portcullis::bff
