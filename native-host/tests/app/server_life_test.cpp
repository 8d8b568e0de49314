// Events of the whole server at run time: quarantine, refresh, faults, draining.
#include "server_fixture.hpp"

namespace portcullis::bff {
namespace {

using nlohmann::json;
using testing::RawAnswer;
using testing::RawClient;
using testing::ServerTest;
using testing::server_config::kPlugins;

TEST_F(ServerTest, QuarantineClosesStreamsAndNotifiesHosts) {
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

TEST_F(ServerTest, AClientMayLeaveAfterItsStreamEnded) {
  const Login viewer = log_in("viewer");
  for (const char* path : {"/api/plugins/events", "/events/ticks"}) {
    const bool plugin = std::string_view(path) == "/events/ticks";
    RawClient stream(port_);
    stream.send(message(std::string("GET ") + path, host(),
                        viewer.cookie + (plugin ? "X-Plugin-Id: hello\r\n" : ""), ""));
    EXPECT_NE(stream.until("\n\n"), "");
    server_->app().state.streams.close_if([](const StreamInfo&) { return Code::kOverloaded; });
    EXPECT_NE(stream.until("0\r\n\r\n"), "");
    // The connection serves its next request and then closes.
    stream.send(message("GET /", host(), "", ""));
    EXPECT_EQ(stream.answer().status, 200);
    stream.close();
  }
  EXPECT_EQ(ask("GET /").status, 200);
}

TEST_F(ServerTest, AFailedRefreshChangesNothing) {
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

TEST_F(ServerTest, ARefreshThatRemovesATopicClosesItsStreams) {
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

TEST_F(ServerTest, ProducesFixtureFaultsOnTheSocket) {
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

TEST_F(ServerTest, TheOpsListenerServesReadinessAndMetrics) {
  RawClient ops(port_of(server_->metrics_url()));
  ops.send("GET /readyz HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n");
  EXPECT_EQ(ops.answer().status, 200);
  EXPECT_NE(ops.answer().body.find("# HELP"), std::string::npos);
}

TEST_F(ServerTest, ThePdpListenerUsesTheRequestsSubject) {
  RawClient pdp(port_of(server_->pdp_url()));
  const std::string body =
      R"({"subject":{"type":"account","id":"auth:account:lab:viewer"},"resource":{"type":"plugin.route","id":"/x"},"action":{"name":"view"}})";
  pdp.send(
      message("POST /access/v1/evaluation", "pdp", "Content-Type: application/json\r\n", body) +
      message("GET /.well-known/authzen-configuration", "pdp", "", ""));
  EXPECT_EQ(json::parse(pdp.answer().body)["decision"], true);
  // Uses the URL it was asked under, or its own if that is invalid.
  EXPECT_EQ(json::parse(pdp.answer().body)["policy_decision_point"], "http://pdp");
  pdp.send(message("GET /.well-known/authzen-configuration", "a b", "", "") +
           "GET /.well-known/authzen-configuration HTTP/1.1\r\n\r\n");
  EXPECT_EQ(json::parse(pdp.answer().body)["policy_decision_point"], server_->pdp_url());
  EXPECT_EQ(json::parse(pdp.answer().body)["policy_decision_point"], server_->pdp_url());
}

TEST_F(ServerTest, APortInUseIsAClearError) {
  ServerOptions options;
  options.config = folder_.config();
  options.plugins = folder_.plugins();
  options.state = folder_.root() / "other-state";
  options.port = port_;
  const auto second = Server::start(options);
  ASSERT_TRUE(std::holds_alternative<std::string>(second));
  EXPECT_NE(std::get<std::string>(second).find("is in use"), std::string::npos);
}

TEST_F(ServerTest, DrainingWaitsForUpstreamCalls) {
  const Login login = log_in("viewer");
  RawClient client(port_);
  client.send(message("GET /api/lab/slow", host(), login.cookie + "X-Plugin-Id: hello\r\n", ""));
  while (server_->app().state.streams.open_count() == 0) std::this_thread::yield();
  server_->stop();
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, DrainingWaitsForRunningRequests) {
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
