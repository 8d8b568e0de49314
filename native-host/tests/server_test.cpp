// The whole server in this process, on free ports, spoken to over real sockets.
#include "handlers/server.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "config_folder.hpp"
#include "raw_client.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using nlohmann::json;
using testing::RawAnswer;
using testing::RawClient;

constexpr const char* kSettings = R"(
experience_version: "1.4.0"
lab_login: { enabled: true }
operator_token_file: operator.token
)";
constexpr const char* kPlugins = R"(
tenants:
  localhost:
    - id: hello
      version: "1.0.0"
      engine: { experience: ">=1.0.0" }
      bundle: { file: /app/plugins/hello/1.0.0/index.esm.js }
      permissions:
        api:
          - { method: GET, path: /api/plugins/secure-echo }
          - { method: GET, path: /api/lab/* }
          - { method: POST, path: /api/lab/* }
        sse: [/events/ticks]
  acme.localhost:
    - id: theirs
      version: "1.0.0"
      bundle: { file: /app/plugins/theirs.js }
      engine: { experience: ">=1.0.0" }
      permissions: { api: [], sse: [] }
)";
constexpr const char* kRoutes = R"(
routes:
  - { path: /api/lab/*, methods: [GET, POST], fixture: lab }
  - { path: /events/ticks, kind: sse, fixture: ticks }
)";
constexpr const char* kFixtures = R"(
fixtures:
  lab:
    responses:
      - { path: /api/lab/ok, json: { ok: true } }
      - { path: /api/lab/slow, delay_ms: 200, json: { ok: true } }
      - { method: GET, path: /api/lab/reset, fault: reset }
      - { method: GET, path: /api/lab/half, fault: truncate, body: "0123456789" }
      - { method: GET, path: /api/lab/garbage, fault: garbage }
  ticks:
    stream: { repeat: true, events: [ { event: tick, id: "{{n}}", data: "{{n}}", delay_ms: 20 } ] }
)";
constexpr const char* kUsers = R"(
users:
  - { user: viewer, password: viewer, name: Vera, roles: [viewer], tenants: [localhost], idp: lab }
  - { user: operator, password: operator, name: Olga, roles: [operator], tenants: [localhost], idp: lab }
)";
constexpr const char* kPolicy = R"(
rules:
  - { id: all, effect: permit, subject: { roles: [viewer] }, action: [view], resource: { type: [plugin.route] } }
)";

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("settings.yaml", kSettings);
    folder_.write("plugins.yaml", kPlugins);
    folder_.write("routes.yaml", kRoutes);
    folder_.write("fixtures.yaml", kFixtures);
    folder_.write("users.yaml", kUsers);
    folder_.write("idps.yaml", "idps:\n  - { name: lab }\n");
    folder_.write("policy.yaml", kPolicy);
    folder_.bundle("hello/1.0.0/index.esm.js", "export const routes = {};\n");
    folder_.write_file(folder_.root() / "dist" / "index.html", "<p>the page</p>");
    start();
  }
  void TearDown() override { stop(); }

  void start() {
    ServerOptions options;
    options.config = folder_.config();
    options.plugins = folder_.plugins();
    options.state = folder_.root() / "state";
    options.spa = folder_.root() / "dist";
    options.threads = 2;
    options.pdp_port = 0;
    options.drain = std::chrono::seconds(2);
    options.timeouts.head = std::chrono::milliseconds(300);
    auto started = Server::start(options);
    ASSERT_FALSE(std::holds_alternative<std::string>(started)) << std::get<std::string>(started);
    server_ = std::move(std::get<std::unique_ptr<Server>>(started));
    port_ = port_of(server_->url());
    thread_ = std::thread([this] { server_->run(false); });
  }
  void stop() {
    if (!server_) return;
    server_->stop();
    thread_.join();
    server_.reset();
  }
  static std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }

  std::string host() const { return "localhost:" + std::to_string(port_); }
  static std::string message(const std::string& line, const std::string& host,
                             const std::string& fields, const std::string& body) {
    std::string out = line + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields;
    if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return out + "\r\n" + body;
  }
  RawAnswer ask(const std::string& line, const std::string& fields = {},
                const std::string& body = {}) const {
    RawClient client(port_);
    client.send(message(line, host(), fields, body));
    return client.answer(line.rfind("HEAD", 0) == 0);
  }

  struct Login {
    std::string cookie;  // header lines
    std::string proofs;
  };
  Login log_in(const std::string& user) const {
    const RawAnswer answer = ask("POST /auth/login", "Content-Type: application/json\r\n",
                                 R"({"user":")" + user + R"(","password":")" + user + "\"}");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string cookie = answer.header("Set-Cookie");
    return {"Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n",
            "Origin: http://" + host() + "\r\nX-CSRF-Token: " +
                json::parse(answer.body)["csrf_token"].get<std::string>() + "\r\n"};
  }
  static std::string code(const RawAnswer& answer) {
    return answer.body.empty() ? "" : json::parse(answer.body).value("code", "");
  }

  testing::ConfigFolder folder_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

TEST_F(ServerTest, EveryAnswerHasItsHeaders) {
  for (const RawAnswer& answer : {ask("GET /"), ask("GET /api/x"), ask("GET /%2f")}) {
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("Cross-Origin-Opener-Policy"), "noopener-allow-popups");
    EXPECT_EQ(answer.header("Vary").rfind("Cookie, X-Plugin-Id", 0), 0U);
    EXPECT_NE(answer.header("Content-Security-Policy").find("frame-ancestors 'none'"),
              std::string::npos);
    EXPECT_EQ(answer.header("X-Request-ID").size(), 32U);
    EXPECT_EQ(answer.header("Server"), "");
    EXPECT_EQ(answer.header("Date").substr(answer.header("Date").size() - 3), "GMT");
  }
  EXPECT_EQ(ask("GET /api/x", "X-Request-ID: mine-1\r\n").header("x-request-id"), "mine-1");
}

TEST_F(ServerTest, ServesThePageButNotForTheApi) {
  EXPECT_EQ(ask("GET /hello/deep").body, "<p>the page</p>");
  EXPECT_EQ(ask("GET /").header("Cache-Control"), "no-store");
  EXPECT_EQ(code(ask("GET /api/none")), "SESSION_REQUIRED");
  EXPECT_EQ(ask("HEAD /").header("Content-Length"), "15");
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  RawClient client(port_);
  client.send(message("GET /", host(), "", "") + message("GET /missing.js", host(), "", "") +
              message("GET /", host(), "Connection: close\r\n", ""));
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_EQ(client.answer().status, 404);
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, RefusesAmbiguousFramingAndCloses) {
  RawClient client(port_);
  client.send("POST / HTTP/1.1\r\nHost: " + host() +
              "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
              message("GET /", host(), "", ""));
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, AMalformedBodyIsABadRequestEvenWhenNobodyWantsIt) {
  RawClient client(port_);
  client.send("POST / HTTP/1.1\r\nHost: " + host() +
              "\r\nTransfer-Encoding: chunked\r\n\r\n5;\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(client.answer().status, 400);
  EXPECT_TRUE(client.ended());
  RawClient fine(port_);
  fine.send("POST / HTTP/1.1\r\nHost: " + host() +
            "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" +
            message("GET /", host(), "", ""));
  EXPECT_EQ(fine.answer().status, 405);
  EXPECT_EQ(fine.answer().status, 200);
}

TEST_F(ServerTest, EndsAHeadThatDoesNotArrive) {
  RawClient client(port_);
  client.send("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, SendsContinueOnlyWhenItReads) {
  const Login login = log_in("viewer");
  RawClient client(port_);
  client.send(
      "POST /access/v1/evaluation HTTP/1.1\r\nHost: " + host() + "\r\n" + login.cookie +
      login.proofs +
      "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 76\r\n\r\n");
  EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(R"({"resource":{"type":"plugin.route","id":"/hello"},"action":{"name":"view"}}  )");
  EXPECT_EQ(client.answer().body, "{\"decision\":true}");
  RawClient refused(port_);
  refused.send("POST /access/v1/evaluation HTTP/1.1\r\nHost: " + host() +
               "\r\nExpect: 100-continue\r\nContent-Length: 76\r\n\r\n");
  EXPECT_EQ(refused.answer().status, 401);
  EXPECT_TRUE(refused.ended());
}

TEST_F(ServerTest, LogsInAndOut) {
  EXPECT_EQ(code(ask("GET /auth/session")), "SESSION_REQUIRED");
  EXPECT_EQ(code(ask("POST /auth/login", "Content-Type: application/json\r\n",
                     R"({"user":"viewer","password":"wrong"})")),
            "LOGIN_FAILED");
  EXPECT_EQ(ask("POST /auth/login", "Content-Type: text/plain\r\n", "{}").status, 415);
  const Login login = log_in("viewer");
  const json session = json::parse(ask("GET /auth/session", login.cookie).body);
  EXPECT_EQ(session["subject"]["id"], "auth:account:lab:viewer");
  EXPECT_EQ(session["tenant"], "localhost");
  EXPECT_EQ(code(ask("POST /auth/logout", login.cookie)), "CSRF_ORIGIN");
  EXPECT_EQ(ask("POST /auth/logout", login.cookie + login.proofs).status, 204);
  EXPECT_EQ(ask("GET /auth/session", login.cookie).status, 401);
}

TEST_F(ServerTest, ServesManifestsAndTheBundleTheyPromise) {
  const Login login = log_in("viewer");
  const RawAnswer manifests = ask("GET /api/plugins/manifests", login.cookie);
  ASSERT_EQ(manifests.status, 200) << manifests.body;
  const json list = json::parse(manifests.body);
  ASSERT_EQ(list.size(), 1U);
  const std::string url = list[0]["bundle"]["url"];
  EXPECT_EQ(ask("GET /api/plugins/manifests",
                login.cookie + "If-None-Match: " + manifests.header("ETag") + "\r\n")
                .status,
            304);
  const RawAnswer bundle = ask("GET " + url, login.cookie);
  EXPECT_EQ(bundle.status, 200);
  EXPECT_EQ(bundle.header("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(bundle.header("Cache-Control"), "private, max-age=31536000, immutable");
  EXPECT_EQ(
      ask("GET /api/plugins/bundle?entry=hello&id=hello", login.cookie).header("Cache-Control"),
      "private, no-cache");
  EXPECT_EQ(
      ask("GET " + url, login.cookie + "If-None-Match: " + bundle.header("ETag") + "\r\n").status,
      304);
  EXPECT_EQ(code(ask("GET /api/plugins/bundle?entry=hello&id=other", login.cookie)),
            "BUNDLE_ENTRY_MISMATCH");
  EXPECT_EQ(ask("GET /api/plugins/bundle?entry=hello&id=hello&v=00", login.cookie).status, 404);
  EXPECT_EQ(code(ask("GET " + url, login.cookie + "Sec-Fetch-Dest: serviceworker\r\n")),
            "BUNDLE_SERVICE_WORKER");
  folder_.bundle("hello/1.0.0/index.esm.js", "export const evil = 1;\n");
  const RawAnswer changed = ask("GET " + url, login.cookie);
  EXPECT_EQ(changed.status, 409);
  EXPECT_EQ(changed.header("X-Integrity-Error"), "1");
}

TEST_F(ServerTest, JudgesPluginCalls) {
  const Login login = log_in("viewer");
  const std::string plugin = login.cookie + "X-Plugin-Id: hello\r\n";
  EXPECT_EQ(code(ask("GET /api/plugins/secure-echo", login.cookie)), "PLUGIN_ID_REQUIRED");
  const json echo = json::parse(ask("GET /api/plugins/secure-echo?a=1", plugin).body);
  EXPECT_EQ(echo["plugin_id"], "hello");
  EXPECT_EQ(echo["query"], "a=1");
  EXPECT_EQ(ask("GET /api/lab/ok", plugin).body, "{\"ok\":true}");
  const RawAnswer denied = ask("GET /api/other", plugin);
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.header("X-Allowlist-Violation"), "1");
  EXPECT_NE(json::parse(denied.body)["explain"].get<std::string>().find("to allow it add"),
            std::string::npos);
  EXPECT_EQ(ask("POST /api/plugins/telemetry",
                plugin + login.proofs + "Content-Type: application/json\r\n",
                R"({"events":[{"name":"a"},{"name":"b","props":{"x":1}}]})")
                .body,
            "{\"accepted\":2}");
  const json health = json::parse(ask("GET /api/plugins/health/hello", login.cookie).body);
  EXPECT_GE(health["calls"].get<int>(), 3);
}

TEST_F(ServerTest, QuarantineClosesStreamsAndTellsHosts) {
  const Login viewer = log_in("viewer");
  const Login boss = log_in("operator");
  RawClient hosts(port_);
  hosts.send(message("GET /api/plugins/events", host(), viewer.cookie, ""));
  EXPECT_NE(hosts.until("event: hello\n"), "");
  RawClient stream(port_);
  stream.send(message("GET /events/ticks", host(), viewer.cookie + "X-Plugin-Id: hello\r\n", ""));
  EXPECT_NE(stream.until("event: tick\n"), "");

  const RawAnswer act =
      ask("POST /api/plugins/quarantine/hello",
          boss.cookie + boss.proofs + "Content-Type: application/json\r\n", R"({"reason":"test"})");
  EXPECT_EQ(act.status, 200) << act.body;
  EXPECT_NE(stream.until("0\r\n\r\n"), "");
  EXPECT_NE(hosts.until("event: evict\n"), "");
  const RawAnswer blocked = ask("GET /api/lab/ok", viewer.cookie + "X-Plugin-Id: hello\r\n");
  EXPECT_EQ(code(blocked), "PLUGIN_QUARANTINED");
  EXPECT_EQ(blocked.header("X-Plugin-Quarantined"), "1");
  EXPECT_EQ(ask("GET /api/plugins/manifests", viewer.cookie).body, "[]");

  stop();
  start();
  const Login again = log_in("viewer");
  EXPECT_EQ(code(ask("GET /api/lab/ok", again.cookie + "X-Plugin-Id: hello\r\n")),
            "PLUGIN_QUARANTINED");
}

TEST_F(ServerTest, AClientThatLeavesAfterItsStreamWasEndedHarmsNothing) {
  const Login viewer = log_in("viewer");
  for (const char* path : {"/api/plugins/events", "/events/ticks"}) {
    const bool plugin = std::string_view(path) == "/events/ticks";
    RawClient stream(port_);
    stream.send(message(std::string("GET ") + path, host(),
                        viewer.cookie + (plugin ? "X-Plugin-Id: hello\r\n" : ""), ""));
    EXPECT_NE(stream.until("\n\n"), "");
    server_->app().state.streams.close_all(Code::kOverloaded);
    EXPECT_NE(stream.until("0\r\n\r\n"), "");
    // The connection goes on, with its next request, and then without one.
    stream.send(message("GET /", host(), "", ""));
    EXPECT_EQ(stream.answer().status, 200);
    stream.close();
  }
  EXPECT_EQ(ask("GET /").status, 200);
}

TEST_F(ServerTest, ABrokenRefreshChangesNothing) {
  const Login boss = log_in("operator");
  folder_.write("plugins.yaml", "tenants:\n  localhost:\n    - id: [\n");
  const RawAnswer refused = ask("POST /api/plugins/refresh", boss.cookie + boss.proofs);
  EXPECT_EQ(refused.status, 422);
  const json problem = json::parse(refused.body)["problems"][0];
  EXPECT_NE(problem["file"].get<std::string>().find("plugins.yaml"), std::string::npos);
  EXPECT_GT(problem["line"].get<int>(), 0);
  EXPECT_EQ(json::parse(ask("GET /api/plugins/manifests", boss.cookie).body).size(), 1U);
  folder_.write("plugins.yaml", kPlugins);
  EXPECT_EQ(ask("POST /api/plugins/refresh", boss.cookie + boss.proofs).status, 200);
}

TEST_F(ServerTest, ARefreshThatTakesATopicAwayClosesItsStreams) {
  const Login viewer = log_in("viewer");
  RawClient stream(port_);
  stream.send(message("GET /events/ticks", host(), viewer.cookie + "X-Plugin-Id: hello\r\n", ""));
  EXPECT_NE(stream.until("event: tick\n"), "");
  std::string plugins = kPlugins;
  plugins.replace(plugins.find("[/events/ticks]"), 15, "[]");
  folder_.write("plugins.yaml", plugins);
  const Login boss = log_in("operator");
  EXPECT_EQ(ask("POST /api/plugins/refresh", boss.cookie + boss.proofs).status, 200);
  EXPECT_NE(stream.until("0\r\n\r\n"), "");
}

TEST_F(ServerTest, DoesFaultsOnTheSocket) {
  const Login login = log_in("viewer");
  const std::string plugin = login.cookie + "X-Plugin-Id: hello\r\n";
  EXPECT_EQ(ask("GET /api/lab/reset", plugin).status, 0);
  const RawAnswer half = ask("GET /api/lab/half", plugin);
  EXPECT_EQ(half.status, 200);
  EXPECT_EQ(half.body, "01234");
  RawClient garbage(port_);
  garbage.send(message("GET /api/lab/garbage", host(), plugin, ""));
  EXPECT_NE(garbage.until("not HTTP"), "");
}

TEST_F(ServerTest, TheOpsListenerTellsStateAndMetrics) {
  RawClient ops(port_of(server_->metrics_url()));
  ops.send("GET /readyz HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n");
  EXPECT_EQ(ops.answer().status, 200);
  EXPECT_NE(ops.answer().body.find("# HELP"), std::string::npos);
}

TEST_F(ServerTest, ThePdpListenerHonoursTheRequestsSubject) {
  RawClient pdp(port_of(server_->pdp_url()));
  const std::string body =
      R"({"subject":{"type":"account","id":"auth:account:lab:viewer"},"resource":{"type":"plugin.route","id":"/x"},"action":{"name":"view"}})";
  pdp.send(
      message("POST /access/v1/evaluation", "pdp", "Content-Type: application/json\r\n", body) +
      message("GET /.well-known/authzen-configuration", "pdp", "", ""));
  EXPECT_EQ(json::parse(pdp.answer().body)["decision"], true);
  EXPECT_EQ(json::parse(pdp.answer().body)["policy_decision_point"], server_->pdp_url());
}

TEST_F(ServerTest, AnotherServerOnThePortIsAClearError) {
  ServerOptions options;
  options.config = folder_.config();
  options.plugins = folder_.plugins();
  options.state = folder_.root() / "other-state";
  options.port = port_;
  const auto second = Server::start(options);
  ASSERT_TRUE(std::holds_alternative<std::string>(second));
  EXPECT_NE(std::get<std::string>(second).find("is in use"), std::string::npos);
}

TEST_F(ServerTest, DrainingLetsWhatWaitsForItsUpstreamFinish) {
  const Login login = log_in("viewer");
  RawClient client(port_);
  client.send(message("GET /api/lab/slow", host(), login.cookie + "X-Plugin-Id: hello\r\n", ""));
  while (server_->app().state.streams.open_count() == 0) std::this_thread::yield();
  server_->stop();
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, DrainingLetsTheRunningRequestFinish) {
  const Login login = log_in("viewer");
  RawClient client(port_);
  client.send("POST /api/lab/ok HTTP/1.1\r\nHost: " + host() + "\r\n" + login.cookie +
              login.proofs + "X-Plugin-Id: hello\r\nContent-Length: 4\r\n\r\nab");
  server_->stop();
  while (!server_->app().load.draining) std::this_thread::yield();
  client.send("cd");
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
}

}  // namespace
}  // namespace portcullis::bff
