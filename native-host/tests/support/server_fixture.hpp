// The whole server in this process, on free ports, used over real sockets.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "app/server.hpp"
#include "config_folder.hpp"
#include "raw_client.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff::testing {

namespace server_config {
inline constexpr const char* kSettings = R"(
experience_version: "1.4.0"
lab_login: { enabled: true }
operator_token_file: operator.token
)";
inline constexpr const char* kPlugins = R"(
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
inline constexpr const char* kRoutes = R"(
routes:
  - { path: /api/lab/*, methods: [GET, POST], fixture: lab }
  - { path: /events/ticks, kind: sse, fixture: ticks }
  - { path: /events/ticks/flood, kind: sse, fixture: flood }
)";
inline constexpr const char* kFixtures = R"(
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
  flood:
    stream: { repeat: true, events: [ { data: "flood", delay_ms: 1 } ] }
)";
inline constexpr const char* kUsers = R"(
users:
  - { user: viewer, password: viewer, name: Vera, roles: [viewer], tenants: [localhost], idp: lab }
  - { user: operator, password: operator, name: Olga, roles: [operator], tenants: [localhost], idp: lab }
)";
inline constexpr const char* kPolicy = R"(
rules:
  - { id: all, effect: permit, subject: { roles: [viewer] }, action: [view], resource: { type: [plugin.route] } }
)";
}  // namespace server_config

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.threads = 2;
    options_.pdp_port = 0;
    options_.drain = std::chrono::seconds(2);
    options_.timeouts.head = std::chrono::milliseconds(300);
  }
  void SetUp() override {
    folder_.write("settings.yaml", server_config::kSettings);
    folder_.write("plugins.yaml", server_config::kPlugins);
    folder_.write("routes.yaml", server_config::kRoutes);
    folder_.write("fixtures.yaml", server_config::kFixtures);
    folder_.write("users.yaml", server_config::kUsers);
    folder_.write("idps.yaml", "idps:\n  - { name: lab }\n");
    folder_.write("policy.yaml", server_config::kPolicy);
    folder_.bundle("hello/1.0.0/index.esm.js", "export const routes = {};\n");
    folder_.write_file(folder_.root() / "dist" / "index.html", "<p>the page</p>");
    start();
  }
  void TearDown() override { stop(); }

  void start() {
    options_.config = folder_.config();
    options_.plugins = folder_.plugins();
    options_.state = folder_.root() / "state";
    options_.spa = folder_.root() / "dist";
    adjust(options_);
    auto started = Server::start(options_);
    ASSERT_FALSE(std::holds_alternative<std::string>(started)) << std::get<std::string>(started);
    server_ = std::move(std::get<std::unique_ptr<Server>>(started));
    port_ = port_of(server_->url());
    thread_ = std::thread([this] { server_->run(false); });
  }
  virtual void adjust(ServerOptions&) {}
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
                nlohmann::json::parse(answer.body)["csrf_token"].get<std::string>() + "\r\n"};
  }
  static std::string code(const RawAnswer& answer) {
    return answer.body.empty() ? "" : nlohmann::json::parse(answer.body).value("code", "");
  }

  ServerOptions options_;
  ConfigFolder folder_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

}  // namespace portcullis::bff::testing
