// Answers of the whole server: headers, framing, login, manifests, bundles, judgement.
#include "server_fixture.hpp"

namespace portcullis::bff {
namespace {

using nlohmann::json;
using testing::RawAnswer;
using testing::RawClient;
using testing::ServerTest;

TEST_F(ServerTest, EveryAnswerHasTheCommonHeaders) {
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

TEST_F(ServerTest, ServesThePageOutsideTheApi) {
  EXPECT_EQ(ask("GET /hello/deep").body, "<p>the page</p>");
  EXPECT_EQ(ask("GET /").header("Cache-Control"), "no-store");
  EXPECT_EQ(code(ask("GET /api/none")), "SESSION_REQUIRED");
  EXPECT_EQ(ask("HEAD /").header("Content-Length"), "15");
}

class LargeFile : public ServerTest {
 protected:
  static constexpr std::size_t kSize = std::size_t{32} << 20;
  void SetUp() override {
    folder_.write_file(folder_.root() / "dist" / "big.mp4", std::string(kSize, 'x'));
    ServerTest::SetUp();
  }
  static std::size_t resident_bytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    in >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  }
};

TEST_F(LargeFile, IsNotCopiedPerClient) {
  const std::size_t before = resident_bytes();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (const char* range : {"", "Range: bytes=1-\r\n"}) {
    for (int n = 0; n < 8; ++n) {
      clients.push_back(std::make_unique<RawClient>(port_));
      clients.back()->send(message("GET /big.mp4", host(), range, ""));
      ASSERT_TRUE(clients.back()->readable(10'000));
    }
  }
  // Served by any thread: all have written what they could by then.
  for (int n = 0; n < 8; ++n) EXPECT_EQ(ask("GET /").status, 200);
  EXPECT_LT(resident_bytes(), before + 2 * kSize) << "sixteen clients";
  EXPECT_EQ(clients.front()->answer().body, std::string(kSize, 'x'));
  const RawAnswer part = clients.back()->answer();
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body.size(), kSize - 1);
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

TEST_F(ServerTest, RejectsAmbiguousFramingAndCloses) {
  RawClient client(port_);
  client.send("POST / HTTP/1.1\r\nHost: " + host() +
              "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
              message("GET /", host(), "", ""));
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, AMalformedUnusedBodyIsABadRequest) {
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

TEST_F(ServerTest, ReadsOnAfterARejectedHeadSoThatTheAnswerArrives) {
  RawClient client(port_);
  // Closing with unread input would reset the connection while the client still writes.
  client.send("GET / HTTP/1.1\r\nHost: " + host() + "\r\nX-A: " + std::string(1 << 20, 'a') +
              "\r\n\r\n");
  EXPECT_EQ(client.answer().status, 431);
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, TimesOutIncompleteHeads) {
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

TEST_F(ServerTest, ServesManifestsAndTheirBundles) {
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
  // Checked every 100 ms; until then the published bytes are served.
  RawAnswer changed = ask("GET " + url, login.cookie);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (changed.status == 200 && std::chrono::steady_clock::now() < until) {
    EXPECT_EQ(changed.body.find("evil"), changed.body.npos);
    changed = ask("GET " + url, login.cookie);
  }
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
            "{\"accepted\":2,\"dropped\":0}");
  const json health = json::parse(ask("GET /api/plugins/health/hello", login.cookie).body);
  EXPECT_GE(health["calls"].get<int>(), 3);
}

}  // namespace
}  // namespace portcullis::bff
