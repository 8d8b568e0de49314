// The order of judgement: each stage with its code, and its precedence over later ones.
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "api/endpoint_table.hpp"
#include "base/clock.hpp"
#include "config_folder.hpp"
#include "enforce/judging.hpp"
#include "judge_bench.hpp"
#include "request_text.hpp"
#include "secret_file.hpp"
#include "signing_key.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::Stores;

constexpr const char* kPlugins = R"(
tenants:
  localhost:
    - id: hello
      version: "1.0.0"
      bundle: { file: /app/plugins/hello.js }
      engine: { experience: ">=1.0.0" }
      rate: { per_second: 1, burst: 2 }
      permissions:
        api:
          - { method: GET, path: /api/sales/* }
          - { method: POST, path: /api/sales/* }
          - { method: GET, path: /api/plugins/secure-echo }
          - { method: GET, path: /api/unlisted/* }
        sse: [/events/orders]
    - id: off
      version: "1.0.0"
      bundle: { file: /app/plugins/off.js }
      enabled: false
      engine: { experience: ">=1.0.0" }
      permissions: { api: [ { method: GET, path: /api/sales/* } ], sse: [] }
  acme.localhost:
    - id: theirs
      version: "2.0.0"
      bundle: { file: /app/plugins/theirs.js }
      engine: { experience: ">=1.0.0" }
      permissions: { api: [], sse: [] }
)";
constexpr const char* kRoutes = R"(
routes:
  - { path: /api/sales/*, methods: [GET, POST], fixture: sales }
  - { path: /api/open/*, plugin: optional, methods: [GET], fixture: sales }
  - { path: /events/orders, kind: sse, fixture: orders }
)";
constexpr const char* kFixtures = R"(
fixtures:
  sales: { responses: [ { method: GET, path: /api/sales/x, json: {} } ] }
  orders: { stream: { events: [ { data: x } ] } }
)";

class JudgeTest : public ::testing::TestWithParam<Stores> {
 protected:
  void SetUp() override {
    folder_.write("plugins.yaml", kPlugins);
    folder_.write("routes.yaml", kRoutes);
    folder_.write("fixtures.yaml", kFixtures);
    LoadResult loaded = folder_.load();
    ASSERT_TRUE(loaded.ok()) << (loaded.problems.empty() ? "" : to_string(loaded.problems[0]));
    snapshot_ = loaded.snapshot;
    session_ = bench_.sign_in({"viewer"});
    operator_ = bench_.sign_in({"operator"});
    bench_.token.set_file(state_ / "token");
  }

  std::string cookie(const SessionPtr& session) const {
    return "\nCookie: __Host-portcullis=" + session->id;
  }
  /// The Origin and the CSRF token.
  std::string proofs(const SessionPtr& session) const {
    return "\nOrigin: http://localhost:8080\nX-CSRF-Token: " + session->csrf_token;
  }
  Judgement ask(const std::string& line, const std::string& fields,
                const std::string& host = "localhost:8080") {
    parsed_ = testing::parse_text(line + " HTTP/1.1\nHost: " + host + fields);
    EXPECT_EQ(name(parsed_.code), "ALLOWED") << line;
    return bench_.judge(parsed_.request, *snapshot_);
  }
  std::string code(const std::string& line, const std::string& fields,
                   const std::string& host = "localhost:8080") {
    return std::string(name(ask(line, fields, host).code));
  }
  void quarantine(const std::string& id) { bench_.set_quarantine(id); }

  testing::ConfigFolder folder_;
  testing::TempFolder state_;
  testing::JudgeBench bench_{GetParam()};
  std::unique_ptr<Quarantine>& quarantine_ = bench_.quarantine;
  std::shared_ptr<const Snapshot> snapshot_;
  SessionPtr session_;
  SessionPtr operator_;
  testing::ParsedRequest parsed_;
};
INSTANTIATE_TEST_SUITE_P(StoresAre, JudgeTest, ::testing::Values(Stores::kAtHand, Stores::kAwaited),
                         testing::stores_name);

TEST_P(JudgeTest, EachStagePrecedesAllLaterOnes) {
  // Everything is wrong at first; each row fixes one thing, and the next stage answers.
  quarantine("off");
  const std::string bad = "POST /api/sales/%2f";
  const std::string post = "POST /api/other/x";
  EXPECT_EQ(code(bad, "", "nobody.test"), "PATH_ENCODED_SLASH");
  EXPECT_EQ(code(post, "", "nobody.test"), "TENANT_UNKNOWN");
  EXPECT_EQ(code(post, ""), "SESSION_REQUIRED");
  EXPECT_EQ(code(post, cookie(session_)), "CSRF_ORIGIN");
  EXPECT_EQ(code(post, cookie(session_) + "\nOrigin: http://localhost:8080"), "CSRF_TOKEN");
  const std::string proven = cookie(session_) + proofs(session_);
  EXPECT_EQ(code("POST /api/sales/x", proven), "PLUGIN_ID_REQUIRED");
  EXPECT_EQ(code(post, proven + "\nX-Plugin-Id: nobody"), "PLUGIN_UNKNOWN");
  EXPECT_EQ(code(post, proven + "\nX-Plugin-Id: off"), "PLUGIN_QUARANTINED");
  quarantine_->clear("localhost", "off");
  EXPECT_EQ(code(post, proven + "\nX-Plugin-Id: off"), "PLUGIN_DISABLED");
  EXPECT_EQ(code(post, proven + "\nX-Plugin-Id: hello"), "ALLOWLIST_VIOLATION");
  EXPECT_EQ(code("POST /api/sales/x", proven + "\nX-Plugin-Id: hello"), "ALLOWED");
  EXPECT_EQ(code("POST /api/sales/x", proven + "\nX-Plugin-Id: hello"), "ALLOWED");
  EXPECT_EQ(code("POST /api/sales/x", proven + "\nX-Plugin-Id: hello"), "RATE_LIMITED");
}

TEST_P(JudgeTest, ASessionOfAnotherTenantIsNotValid) {
  const SessionPtr theirs = bench_.sign_in({"operator"}, "acme.localhost");
  EXPECT_EQ(code("GET /api/plugins/manifests", cookie(theirs)), "SESSION_REQUIRED");
  EXPECT_EQ(code("GET /api/plugins/manifests", cookie(theirs), "acme.localhost"), "ALLOWED");
}

TEST_P(JudgeTest, PluginsOfOtherTenantsAreUnknown) {
  EXPECT_EQ(code("GET /api/sales/x", cookie(session_) + "\nX-Plugin-Id: theirs"), "PLUGIN_UNKNOWN");
}

TEST_P(JudgeTest, AMalformedIdentityCountsAsMissing) {
  for (const char* field : {"\nX-Plugin-Id: ", "\nX-Plugin-Id: hello\nX-Plugin-Id: hello",
                            "\nX-Plugin-Id: hello\nx-plugin-id: off", "\nX-Plugin-Id: hello, off",
                            "\nX-Plugin-Id: HELLO", "\nX-Plugin-Id: ../hello"}) {
    EXPECT_EQ(code("GET /api/sales/x", cookie(session_) + field), "PLUGIN_ID_REQUIRED") << field;
    EXPECT_EQ(code("GET /api/open/x", cookie(session_) + field), "PLUGIN_ID_REQUIRED") << field;
  }
  EXPECT_EQ(code("GET /api/open/x", cookie(session_)), "ALLOWED");
}

TEST_P(JudgeTest, TheOriginalPathIsNeverJudged) {
  const std::string plugin = cookie(session_) + "\nX-Plugin-Id: hello";
  const Judgement judgement = ask("GET /api/other/../sales/%78?q=%2f", plugin);
  EXPECT_TRUE(judgement.allowed());
  EXPECT_EQ(judgement.canonical, "/api/sales/x?q=%2f");
  EXPECT_EQ(judgement.path(), "/api/sales/x");
  EXPECT_EQ(judgement.query(), "q=%2f");
  EXPECT_EQ(code("GET /api/sales/../other/x", plugin), "ALLOWLIST_VIOLATION");
}

TEST_P(JudgeTest, StreamsAreJudgedByTopics) {
  const std::string plugin = cookie(session_) + "\nX-Plugin-Id: hello";
  EXPECT_EQ(code("GET /events/orders", plugin), "ALLOWED");
  EXPECT_EQ(code("GET /api/configs/stream", plugin), "TOPIC_NOT_ALLOWED");
}

TEST_P(JudgeTest, MissingRoutesAreReportedLate) {
  EXPECT_EQ(code("GET /api/nothing", ""), "SESSION_REQUIRED");
  EXPECT_EQ(code("GET /api/nothing", cookie(session_)), "ROUTE_NOT_FOUND");
  EXPECT_EQ(code("GET /api/nothing", cookie(session_) + "\nX-Plugin-Id: hello"),
            "ALLOWLIST_VIOLATION");
  EXPECT_EQ(code("GET /api/unlisted/x", cookie(session_) + "\nX-Plugin-Id: hello"),
            "ROUTE_NOT_FOUND");
  const Judgement other = ask("DELETE /api/sales/x", cookie(session_) + proofs(session_));
  EXPECT_EQ(name(other.code), "METHOD_NOT_ALLOWED");
  EXPECT_EQ(other.target.allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(code("DELETE /", ""), "METHOD_NOT_ALLOWED");
}

TEST_P(JudgeTest, InvalidPathsAndMethodsFollowTheSameOrder) {
  for (const char* method : {"TRACE", "CONNECT", "PROPFIND", "get"}) {
    const bool known = std::string_view(method) == "TRACE" || std::string_view(method) == "CONNECT";
    const char* const refusal = known ? "METHOD_NOT_ALLOWED" : "METHOD_UNKNOWN";
    const std::string line = std::string(method) + " /api/sales/x";
    EXPECT_EQ(code(std::string(method) + " /api/sales/%2f", "", "nobody.test"),
              "PATH_ENCODED_SLASH");
    EXPECT_EQ(code(line, "", "nobody.test"), "TENANT_UNKNOWN");
    EXPECT_EQ(code(line, ""), refusal);
    EXPECT_EQ(code(line, cookie(session_) + "\nX-Plugin-Id: nobody"), refusal);
  }
  EXPECT_EQ(code("OPTIONS *", "", "nobody.test"), "TENANT_UNKNOWN");
  const Judgement whole = ask("OPTIONS *", "");
  EXPECT_EQ(name(whole.code), "ALLOWED");
  EXPECT_EQ(whole.target.allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(code("GET *", ""), "PATH_NOT_ABSOLUTE");
}

TEST_P(JudgeTest, WebSocketsAreRejectedAndOtherUpgradesIgnored) {
  const std::string upgrade = "\nConnection: Upgrade\nUpgrade: ";
  for (const std::string& fields :
       {upgrade + "websocket", upgrade + "h2c, WebSocket", upgrade + "websocket/13",
        std::string("\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")}) {
    const Judgement refused = ask("GET /api/nothing", fields);
    EXPECT_EQ(name(refused.code), "UPGRADE_UNSUPPORTED") << fields;
    EXPECT_NE(refused.detail.find("kind: sse"), std::string::npos);
    EXPECT_EQ(code("GET /", fields), "UPGRADE_UNSUPPORTED");
    EXPECT_EQ(code("GET /", fields, "nobody.test"), "TENANT_UNKNOWN");
  }
  EXPECT_EQ(
      code("GET /", "\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AA"),
      "ALLOWED");
  EXPECT_EQ(code("GET /", upgrade + "TLS/1.2"), "ALLOWED");
}

TEST_P(JudgeTest, ProbesAreServedOnTheMetricsPort) {
  for (const char* path : {"/healthz", "/readyz", "/livez", "/metrics", "/metrics/", "/readyz/x"}) {
    const Judgement probe = ask(std::string("GET ") + path, "");
    EXPECT_EQ(name(probe.code), "ROUTE_NOT_FOUND") << path;
    EXPECT_NE(probe.detail.find("--metrics-port"), std::string::npos) << path;
    const Judgement by_address = ask(std::string("GET ") + path, "", "10.1.2.3:8080");
    EXPECT_EQ(name(by_address.code), "TENANT_UNKNOWN") << path;
    EXPECT_NE(by_address.detail.find("--metrics-port"), std::string::npos) << path;
  }
  EXPECT_EQ(code("GET /metrics/sales", ""), "ALLOWED");
}

TEST_P(JudgeTest, RequestsToALocalAddressAreToldLocalHosts) {
  for (const char* host : {"127.0.0.1:8080", "127.9.9.9:8080", "[::1]:8080", "0.0.0.0:8080"}) {
    const Judgement refused = ask("GET /", "", host);
    EXPECT_EQ(name(refused.code), "TENANT_UNKNOWN") << host;
    EXPECT_NE(refused.explain.find("http://acme.localhost:8080/ or http://localhost:8080/"),
              std::string::npos)
        << refused.explain;
  }
  EXPECT_EQ(ask("GET /", "", "evil.example").explain.find("localhost"), std::string::npos);
  EXPECT_EQ(ask("GET /", "", "10.1.2.3").explain.find("localhost"), std::string::npos);
}

TEST_P(JudgeTest, RejectedPathsAreExplained) {
  const Judgement slash = ask("GET /api/x/group%2Fproject", "");
  EXPECT_EQ(name(slash.code), "PATH_ENCODED_SLASH");
  EXPECT_NE(slash.explain.find("query parameter"), std::string::npos);
}

TEST_P(JudgeTest, AnotherSchemeIsAnotherOrigin) {
  const std::string fields = cookie(session_) + "\nX-CSRF-Token: " + session_->csrf_token;
  EXPECT_EQ(code("POST /api/nothing", fields + "\nOrigin: https://localhost:8080"), "CSRF_ORIGIN");
  EXPECT_EQ(code("POST /api/nothing", fields + "\nOrigin: http://localhost:8080"),
            "ROUTE_NOT_FOUND");
}

TEST_P(JudgeTest, TheSinglePageAppNeedsNoSession) {
  EXPECT_EQ(code("GET /", ""), "ALLOWED");
  EXPECT_EQ(code("GET /hello", cookie(session_)), "ALLOWED");
  EXPECT_EQ(code("GET /auth/none", ""), "SESSION_REQUIRED");
}

TEST_P(JudgeTest, APluginIdMakesAnyCallAPluginsCall) {
  EXPECT_EQ(code("GET /hello", "\nX-Plugin-Id: hello"), "SESSION_REQUIRED");
  EXPECT_EQ(code("GET /hello", cookie(session_) + "\nX-Plugin-Id: nobody"), "PLUGIN_UNKNOWN");
  EXPECT_EQ(code("GET /", cookie(session_) + "\nX-Plugin-Id: hello"), "ALLOWLIST_VIOLATION");
}

TEST_P(JudgeTest, PluginsCannotCallHostEndpoints) {
  const std::string plugin = cookie(session_) + "\nX-Plugin-Id: hello";
  EXPECT_EQ(code("GET /api/plugins/manifests", plugin), "ALLOWLIST_VIOLATION");
  EXPECT_EQ(code("GET /auth/session", plugin), "PLUGIN_IDENTITY_REFUSED");
  EXPECT_EQ(code("POST /api/plugins/refresh",
                 cookie(operator_) + proofs(operator_) + "\nX-Plugin-Id: hello"),
            "PLUGIN_IDENTITY_REFUSED");
  EXPECT_EQ(code("GET /api/plugins/secure-echo", plugin), "ALLOWED");
  EXPECT_EQ(code("GET /api/plugins/secure-echo", cookie(session_)), "PLUGIN_ID_REQUIRED");
}

TEST_P(JudgeTest, OperatorsNeedTheRoleOrTheToken) {
  const std::string line = "POST /api/plugins/refresh";
  EXPECT_EQ(code(line, cookie(session_) + proofs(session_)), "OPERATOR_REQUIRED");
  EXPECT_EQ(code(line, cookie(operator_)), "CSRF_ORIGIN");
  EXPECT_EQ(code(line, cookie(operator_) + proofs(operator_)), "ALLOWED");
  EXPECT_EQ(code(line, "\nAuthorization: Bearer 0123456789abcdef"), "OPERATOR_REQUIRED");
  testing::write_secret(state_ / "token", "0123456789abcdef\n");
  EXPECT_EQ(code(line, "\nAuthorization: Bearer 0123456789abcdef"), "ALLOWED");
  EXPECT_EQ(code(line, "\nAuthorization: Bearer 0123456789abcdeF"), "OPERATOR_REQUIRED");
  EXPECT_EQ(code(line, "\nAuthorization: Bearer "), "OPERATOR_REQUIRED");
  testing::write_secret(state_ / "token", "another token, exchanged\n");
  EXPECT_EQ(code(line, "\nAuthorization: Bearer 0123456789abcdef"), "OPERATOR_REQUIRED");
  // It is accepted nowhere else.
  EXPECT_EQ(code("GET /api/plugins/manifests", "\nAuthorization: Bearer another token, exchanged"),
            "SESSION_REQUIRED");
}

TEST_P(JudgeTest, UnsafeMethodsNeedBothProofs) {
  const std::string line = "POST /access/v1/evaluations";
  const std::string token = "\nX-CSRF-Token: " + session_->csrf_token;
  EXPECT_EQ(code(line, cookie(session_) + token), "CSRF_ORIGIN");
  EXPECT_EQ(code(line, cookie(session_) + token + "\nOrigin: http://evil.test"), "CSRF_ORIGIN");
  EXPECT_EQ(code(line, cookie(session_) + token + "\nOrigin: null"), "CSRF_ORIGIN");
  EXPECT_EQ(code(line, cookie(session_) + proofs(session_) + "\nSec-Fetch-Site: cross-site"),
            "CSRF_ORIGIN");
  EXPECT_EQ(code(line, cookie(session_) + proofs(session_) + token), "CSRF_TOKEN");
  EXPECT_EQ(code(line, cookie(session_) + proofs(operator_)), "CSRF_TOKEN");
  EXPECT_EQ(code(line, cookie(session_) + proofs(session_)), "ALLOWED");
}

TEST_P(JudgeTest, CallsNamingAnotherSessionAreRejected) {
  const std::string own = "\nX-CSRF-Token: " + session_->csrf_token;
  const std::string other = "\nX-CSRF-Token: " + operator_->csrf_token;
  const std::string hello = "\nX-Plugin-Id: hello";
  for (const char* line : {"GET /api/plugins/manifests", "HEAD /api/plugins/manifests",
                           "GET /api/plugins/events", "GET /api/open/x"}) {
    EXPECT_EQ(code(line, cookie(session_)), "ALLOWED") << line;
    EXPECT_EQ(code(line, cookie(session_) + own), "ALLOWED") << line;
    for (const std::string& wrong : {other, own + own, std::string("\nX-CSRF-Token: ")}) {
      EXPECT_EQ(code(line, cookie(session_) + wrong), "CSRF_TOKEN") << line << wrong;
    }
  }
  EXPECT_EQ(code("GET /api/sales/x", cookie(session_) + hello + other), "CSRF_TOKEN");
  EXPECT_EQ(code("GET /events/orders", cookie(session_) + hello + other), "CSRF_TOKEN");
  // The token is requested there; files need no session.
  EXPECT_EQ(code("GET /auth/session", cookie(session_) + other), "ALLOWED");
  EXPECT_EQ(code("GET /", cookie(session_) + other), "ALLOWED");
}

TEST_P(JudgeTest, NothingIsServedAsAServiceWorker) {
  const std::string asked = "\nSec-Fetch-Dest: serviceworker";
  for (const char* line :
       {"GET /", "GET /assets/app.js", "GET /api/open/x", "GET /api/sales/x", "GET /auth/session",
        "GET /api/plugins/manifests", "GET /nothing.js", "POST /api/sales/x"}) {
    EXPECT_EQ(code(line, cookie(session_) + asked), "SERVICE_WORKER_REFUSED") << line;
    EXPECT_EQ(code(line, asked), "SERVICE_WORKER_REFUSED") << line;
    EXPECT_EQ(code(line, "\nService-Worker: script"), "SERVICE_WORKER_REFUSED") << line;
    EXPECT_EQ(code(line, "\nSec-Fetch-Dest: empty\nSec-Fetch-Dest: ServiceWorker"),
              "SERVICE_WORKER_REFUSED");
  }
  EXPECT_EQ(code("GET /api/plugins/bundle?entry=hello&id=hello", asked), "BUNDLE_SERVICE_WORKER");
  EXPECT_EQ(code("GET /", "\nSec-Fetch-Dest: worker"), "ALLOWED");
  // The canonical path and the tenant come first.
  EXPECT_EQ(code("GET /%2f", asked), "PATH_ENCODED_SLASH");
  EXPECT_EQ(code("GET /", asked, "nobody.test"), "TENANT_UNKNOWN");
}

TEST_P(JudgeTest, ForeignPagesCannotLogIn) {
  EXPECT_EQ(code("POST /auth/login", ""), "ALLOWED");
  EXPECT_EQ(code("POST /auth/login", "\nOrigin: http://localhost:8080"), "ALLOWED");
  EXPECT_EQ(code("POST /auth/login", "\nOrigin: http://evil.test"), "CSRF_ORIGIN");
  EXPECT_EQ(code("POST /auth/login", "\nSec-Fetch-Site: same-site"), "CSRF_ORIGIN");
}

TEST_P(JudgeTest, UnsignedPluginsAreRejectedBeforeTheirRules) {
  folder_.write("release.pub", testing::SigningKey().pem());
  folder_.write("settings.yaml",
                "experience_version: \"1.4.0\"\n"
                "signing: { required: true, keys: [ { file: release.pub } ] }\n");
  snapshot_ = folder_.load().snapshot;
  ASSERT_TRUE(snapshot_);
  const std::string hello = cookie(session_) + "\nX-Plugin-Id: hello";
  EXPECT_EQ(code("GET /api/sales/x", hello), "BUNDLE_SIGNATURE_MISSING");
  EXPECT_EQ(code("GET /api/not/in/its/rules", hello), "BUNDLE_SIGNATURE_MISSING");
  EXPECT_EQ(code("GET /api/sales/x", cookie(session_) + "\nX-Plugin-Id: off"), "PLUGIN_DISABLED");
  quarantine("hello");
  EXPECT_EQ(code("GET /api/sales/x", hello), "PLUGIN_QUARANTINED");
  const StreamInfo stream{.kind = StreamKind::kPluginStream,
                          .tenant = "localhost",
                          .session = 1,
                          .plugin_id = "hello",
                          .version = "1.0.0",
                          .topic = "/events/orders",
                          .sse = true,
                          .method = "GET"};
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kPluginQuarantined);
  quarantine_->clear("localhost", "hello");
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kBundleSignatureMissing);
}

TEST_P(JudgeTest, AnOpenStreamEndsWithItsVersion) {
  StreamInfo stream{.kind = StreamKind::kPluginStream,
                    .tenant = "localhost",
                    .session = 1,
                    .plugin_id = "hello",
                    .version = "0.9.0",
                    .topic = "/events/orders",
                    .sse = true,
                    .method = "GET"};
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kAllowed);
  quarantine_->set({.tenant = "localhost",
                    .plugin_id = "hello",
                    .version = "0.9.0",
                    .reason = "r",
                    .actor = "a",
                    .since = {},
                    .expires_at = {}});
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kPluginQuarantined);
  stream.version = "1.0.0";
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kAllowed);
}

TEST_P(JudgeTest, OpenStreamsAreJudgedByANewSnapshot) {
  StreamInfo stream{.kind = StreamKind::kPluginStream,
                    .tenant = "localhost",
                    .session = 1,
                    .plugin_id = "hello",
                    .version = "1.0.0",
                    .topic = "/events/orders",
                    .sse = true,
                    .method = "GET"};
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kAllowed);
  stream.topic = "/events/secret";
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kTopicNotAllowed);
  stream.plugin_id = "off";
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kPluginDisabled);
  stream.plugin_id = "gone";
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kPluginUnknown);
  stream.tenant = "gone";
  EXPECT_EQ(judge_open_stream(stream, *snapshot_, *quarantine_), Code::kTenantUnknown);
}

}  // namespace
}  // namespace portcullis::bff
