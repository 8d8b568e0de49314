#include "portcullis/authzen.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exact_copy.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {
namespace {

const Subject kSubject{"account", "auth:account:lab:vera"};

Manifest plugin(std::string id, const std::vector<std::string>& routes,
                const std::vector<std::string>& widgets) {
  Manifest manifest;
  manifest.id = std::move(id);
  for (const std::string& path : routes) {
    Route& route = manifest.routes.emplace_back();
    route.path = path;
    route.component = "Page";
  }
  for (const std::string& component : widgets) {
    Widget& widget = manifest.widgets.emplace_back();
    widget.slot = "dashboard.main";
    widget.component = component;
  }
  return manifest;
}

// "+" for permitted, "-" for denied, then the code.
std::string apply(std::size_t requests, int status, std::string_view body) {
  const ExactCopy copy(body);
  Code why = Code::kInternal;
  std::string out;
  for (const bool permitted : apply_reply(requests, status, copy.view(), &why)) {
    out += permitted ? '+' : '-';
  }
  EXPECT_EQ(out.size(), requests);
  return out + " " + std::string(name(why));
}

TEST(AuthzenRequests, AskForEveryContributionInManifestOrderRoutesFirst) {
  const std::vector<Manifest> manifests = {plugin("b", {"/b1", "/b2"}, {"W"}),
                                           plugin("none", {}, {}), plugin("a", {"/a"}, {"X", "Y"})};
  const Batch batch = evaluations_for(manifests, kSubject);
  std::string ids;
  for (const Evaluation& evaluation : batch.evaluations) {
    ids += evaluation.resource_type + "=" + evaluation.resource_id + " ";
    EXPECT_EQ(evaluation.action, "view");
    EXPECT_EQ(evaluation.subject.id, kSubject.id);
  }
  EXPECT_EQ(ids,
            "plugin.route=/b1 plugin.route=/b2 plugin.widget=b:W "
            "plugin.route=/a plugin.widget=a:X plugin.widget=a:Y ");
  using Numbers = std::vector<std::size_t>;
  EXPECT_EQ(batch.first, (Numbers{0, 3, 3}));
  EXPECT_EQ(batch.routes, (Numbers{2, 0, 1}));
  EXPECT_EQ(batch.widgets, (Numbers{1, 0, 2}));
}

TEST(AuthzenRequests, KeepTheIndexOfAMissingPlugin) {
  const Manifest one = plugin("one", {"/one"}, {});
  const Batch batch = evaluations_for(std::vector<const Manifest*>{nullptr, &one}, kSubject);
  EXPECT_EQ(batch.evaluations.size(), 1u);
  EXPECT_EQ(batch.first, (std::vector<std::size_t>{0, 0}));
  EXPECT_EQ(batch.routes, (std::vector<std::size_t>{0, 1}));
}

TEST(AuthzenRequests, UseTheManifestsResourceAndAction) {
  Manifest manifest = plugin("a", {"/a"}, {});
  manifest.routes[0].resource = "urn:page";
  manifest.routes[0].action = "open";
  const Batch batch = evaluations_for(std::vector<Manifest>{manifest}, kSubject);
  EXPECT_EQ(to_json(batch.evaluations[0]),
            R"({"subject":{"type":"account","id":"auth:account:lab:vera"},)"
            R"("resource":{"type":"urn:page","id":"/a"},"action":{"name":"open"},"context":{}})");
  EXPECT_EQ(to_json(batch), R"({"evaluations":[)" + to_json(batch.evaluations[0]) + "]}");
  EXPECT_EQ(to_json(evaluations_for(std::vector<Manifest>{}, kSubject)), R"({"evaluations":[]})");
}

TEST(AuthzenRequests, StopAtTheLimitAndDenyTheRest) {
  std::vector<Manifest> manifests;
  const std::vector<std::string> widgets(64, "W");
  for (std::size_t i = 0; i < limits::kMaxContributions / 64; ++i) {
    manifests.push_back(plugin("p" + std::to_string(i), {}, widgets));
  }
  manifests.push_back(plugin("late", {"/late"}, {}));
  const Batch batch = evaluations_for(manifests, kSubject);
  EXPECT_EQ(batch.evaluations.size(), limits::kMaxContributions);
  EXPECT_EQ(batch.evaluations.back().resource_type, "plugin.widget");
  EXPECT_EQ(batch.first.back(), limits::kMaxContributions);  // of the late one: behind the last
}

TEST(AuthzenRequests, AreSplitIntoConsecutiveBatchesByCount) {
  std::vector<Manifest> manifests;
  for (std::size_t i = 0; i < 65; ++i) {
    manifests.push_back(plugin("p" + std::to_string(i), {}, std::vector<std::string>(64, "W")));
  }
  const Batch batch = evaluations_for(manifests, kSubject);
  std::string joined;
  std::size_t count = 0;
  const std::vector<BatchRequest> requests = requests_for(batch);
  EXPECT_EQ(requests.size(), 5u);  // 4,160 of at most 1,024
  for (const BatchRequest& request : requests) {
    EXPECT_LE(request.count, limits::kPageBatchEvaluations);
    EXPECT_LT(request.json.size(), limits::kPageBatchBytes + 2000);
    count += request.count;
    constexpr std::size_t kHead = std::string_view(R"({"evaluations":[)").size();
    if (!joined.empty()) joined += ',';
    joined += request.json.substr(kHead, request.json.size() - kHead - 2);
  }
  EXPECT_EQ(count, batch.evaluations.size());
  EXPECT_EQ(R"({"evaluations":[)" + joined + "]}", to_json(batch));
  EXPECT_TRUE(requests_for(evaluations_for(std::vector<Manifest>{}, kSubject)).empty());
}

TEST(AuthzenRequests, AreSplitBySize) {
  Subject subject = kSubject;
  subject.id.append(4000, 'x');
  const Batch batch =
      evaluations_for(std::vector<Manifest>{plugin("p", {}, std::vector<std::string>(64, "W")),
                                            plugin("q", {}, std::vector<std::string>(64, "W"))},
                      subject);
  const std::vector<BatchRequest> requests = requests_for(batch);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_GE(requests[0].json.size(), limits::kPageBatchBytes);
  for (const BatchRequest& request : requests) {
    EXPECT_LT(request.json.size(), limits::kPageBatchBytes + 5000);
  }
}

TEST(AuthzenReply, ReadsBothDialects) {
  EXPECT_EQ(apply(2, 200, R"({"evaluations":[{"decision":true},{"decision":false}]})"),
            "+- ALLOWED");
  EXPECT_EQ(apply(2, 200, R"({"decisions":[{"decision":"Permit"},{"decision":"Deny"}]})"),
            "+- ALLOWED");
  EXPECT_EQ(apply(1, 200, R"({"decision":true,"context":{"reason":"x"}})"), "+ ALLOWED");
  EXPECT_EQ(apply(1, 200, R"({"decision":"Permit"})"), "+ ALLOWED");
  EXPECT_EQ(apply(1, 200, R"({"decision":"Deny"})"), "- ALLOWED");
  EXPECT_EQ(apply(0, 200, R"({"evaluations":[]})"), " ALLOWED");
}

TEST(AuthzenReply, AcceptsBothDialectsOnlyIfTheyAgree) {
  EXPECT_EQ(apply(2, 200,
                  R"({"evaluations":[{"decision":true},{"decision":false}],)"
                  R"("decisions":[{"decision":"Permit"},{"decision":"Deny"}]})"),
            "+- ALLOWED");
  for (
      const std::string_view body :
      {R"({"evaluations":[{"decision":true}],"decisions":[{"decision":"Deny"}]})",
       R"({"evaluations":[{"decision":true},{"decision":true}],"decisions":[{"decision":"Permit"}]})",
       R"({"evaluations":[{"decision":true}],"decisions":[]})",
       R"({"evaluations":[{"decision":true}],"decisions":[{"decision":true}]})",
       R"({"evaluations":[{"decision":true}],"decisions":null})",
       R"({"evaluations":[{"decision":true}],"decision":true})"}) {
    EXPECT_EQ(apply(2, 200, body), "-- AUTHZEN_BAD_REPLY") << body;
  }
  EXPECT_EQ(apply(1, 200, R"({"evaluations":[{"decision":true}],"decision":true})"), "+ ALLOWED");
  EXPECT_EQ(apply(1, 200, R"({"evaluations":[{"decision":true}],"decision":"Deny"})"),
            "- AUTHZEN_BAD_REPLY");
}

TEST(AuthzenReply, DeniesWhatAShortReplyOmits) {
  EXPECT_EQ(apply(3, 200, R"({"evaluations":[{"decision":true}]})"), "+-- ALLOWED");
  EXPECT_EQ(apply(2, 200, R"({"evaluations":[]})"), "-- ALLOWED");
  EXPECT_EQ(apply(2, 200, R"({"decisions":[{"decision":"Permit"}]})"), "+- ALLOWED");
}

TEST(AuthzenReply, DeniesInvalidReplies) {
  for (const std::string_view body :
       {"", "null", "true", "[]", "[true,true]", "\"Permit\"", "{}", "{\"evaluations\":{}}",
        R"({"evaluations":true})", R"({"decision":true})", R"({"decision":1})",
        R"({"results":[{"decision":true},{"decision":true}]})",
        R"({"evaluations":[{"decision":true})",
        R"({"evaluations":[{"decision":true}],"evaluations":[{"decision":true}]})",
        R"({"evaluations":[{"decision":false,"decision":true}]})",
        R"({"evaluations":[{"decision":true},{"decision":true},{"decision":true}]})",
        "{\"evaluations\":[{\"decision\":true}]}\xff", R"({"Evaluations":[{"decision":true}]})"}) {
    EXPECT_EQ(apply(2, 200, body), "-- AUTHZEN_BAD_REPLY") << body;
  }
}

TEST(AuthzenReply, DeniesOnlyTheInvalidEntry) {
  EXPECT_EQ(apply(8, 200,
                  R"({"evaluations":[{"decision":true},{"decision":"Permit"},{"decision":1},{},)"
                  R"(null,true,{"Decision":true},{"decision":true}]})"),
            "+------+ ALLOWED");
  EXPECT_EQ(apply(6, 200,
                  R"({"decisions":[{"decision":"Permit"},{"decision":true},{"decision":"permit"},)"
                  R"({"decision":"Permit "},"Permit",{"decision":"Permit"}]})"),
            "+----+ ALLOWED");
}

TEST(AuthzenReply, DeniesEverythingUnlessTheStatusIs200) {
  for (const int status : {0, 100, 201, 204, 301, 400, 401, 403, 500, 503, -200}) {
    EXPECT_EQ(apply(1, status, R"({"decision":true})"), "- AUTHZEN_BAD_STATUS") << status;
  }
}

TEST(AuthzenReply, DeniesRepliesBeyondTheLimits) {
  const std::string large = R"({"evaluations":[{"decision":true}],"x":")" +
                            std::string(limits::kMaxAuthzenReplyBytes, 'x') + "\"}";
  EXPECT_EQ(apply(1, 200, large), "- AUTHZEN_BAD_REPLY");
  EXPECT_EQ(apply(1, 200, R"({"decision":true,"context":)" + std::string(250000, '[')),
            "- AUTHZEN_BAD_REPLY");
  Code why = Code::kAllowed;
  const auto answers = apply_reply(limits::kMaxEvaluations + 1, 200, R"({"evaluations":[]})", &why);
  EXPECT_EQ(answers.size(), limits::kMaxEvaluations + 1);
  EXPECT_EQ(why, Code::kAuthzenBadReply);
}

TEST(AuthzenReply, PermitsASingleQuestionOnlyByAPlainPermit) {
  for (const std::string_view body :
       {"", "true", "{}", R"({"decision":false})", R"({"decision":"Deny"})",
        R"({"decision":"true"})", R"({"decision":null})", R"({"decision":true,"decisions":[]})",
        R"({"decision":false,"decision":true})"}) {
    EXPECT_EQ(apply(1, 200, body).front(), '-') << body;
  }
  EXPECT_EQ(apply(1, 404, ""), "- AUTHZEN_BAD_STATUS");
}

}  // namespace
}  // namespace portcullis
