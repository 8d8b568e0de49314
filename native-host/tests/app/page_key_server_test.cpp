// A page obtains its key over real sockets: boot token, trade, first stamp.
#include <regex>

#include "server_fixture.hpp"
#include "stamper.hpp"

namespace portcullis::bff {
namespace {

using nlohmann::json;
using testing::RawAnswer;
using testing::RawClient;
using testing::ServerTest;
using testing::Stamper;

constexpr const char* kNavigation = "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n";
constexpr const char* kJson = "Content-Type: application/json\r\n";

class PageKeyServerTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    stop();
    folder_.write("settings.yaml",
                  std::string(testing::server_config::kSettings) + "stamps: required\n");
    folder_.write_file(folder_.root() / "dist" / "index.html",
                       "<!doctype html>\n<html><HEAD lang=\"en\"><title>x</title></head></html>");
    start();
  }
  static std::string token_of(const RawAnswer& answer) {
    std::smatch found;
    const std::regex meta(R"re(<meta name="portcullis-boot" content="([\w-]+)">)re");
    return std::regex_search(answer.body, found, meta) ? found[1].str() : "";
  }
  static NewPageKey made(const json& key) {
    return {key["key_id"].get<std::string>(), key["key"].get<std::string>()};
  }
  /// The token of a document that this session requests.
  std::string token(const Login& who) const {
    return token_of(ask("GET /", who.cookie + kNavigation));
  }
  RawAnswer trade(const Login& who, const std::string& boot, const std::string& more = "") const {
    return ask("POST /api/plugins/page-key", who.cookie + who.proofs + kJson + more,
               json{{"boot", boot}}.dump());
  }
};

TEST_F(PageKeyServerTest, NavigationInASessionGetsABootTokenFirstInTheHead) {
  const Login viewer = log_in("viewer");
  const RawAnswer answer = ask("GET /hello/deep", viewer.cookie + kNavigation);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(
      answer.body.find("<!doctype html>\n<html><HEAD lang=\"en\"><meta name=\"portcullis-boot\""),
      0U);
  EXPECT_NE(answer.body.find("\"><title>x</title></head></html>"), std::string::npos);
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_EQ(answer.header("ETag"), "");
  EXPECT_NE(token_of(answer), "");
  EXPECT_NE(token_of(answer), token(viewer));
}

TEST_F(PageKeyServerTest, NavigationWithoutASessionGetsAnEmptyBootToken) {
  const Login viewer = log_in("viewer");
  const Login ended = log_in("viewer");
  ASSERT_EQ(ask("POST /auth/logout", ended.cookie + ended.proofs).status, 204);
  const std::string cookie = viewer.cookie.substr(0, viewer.cookie.size() - 2);
  for (const std::string& fields :
       {std::string(), ended.cookie, "Cookie: __Host-portcullis=" + std::string(43, 'A') + "\r\n",
        cookie + "x\r\n", cookie + "; __Host-portcullis=" + std::string(43, 'A') + "\r\n"}) {
    const RawAnswer answer = ask("GET /", fields + kNavigation);
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.body.find("<HEAD lang=\"en\"><meta name=\"portcullis-boot\" content=\"\">"),
              std::string::npos)
        << fields << answer.body;
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  }
  const std::string elsewhere = "acme.localhost:" + std::to_string(port_);
  RawClient client(port_);
  client.send(message("GET /", elsewhere, viewer.cookie + kNavigation, {}));
  EXPECT_NE(client.answer().body.find("content=\"\""), std::string::npos) << "another tenant";
}

TEST_F(PageKeyServerTest, ABootTokenIsTradedInTheSessionOfItsDocumentOnly) {
  const Login viewer = log_in("viewer");
  const Login again = log_in("viewer");
  const std::string boot = token(viewer);
  EXPECT_EQ(code(trade(again, boot)), "BOOT_TOKEN_REFUSED") << "another session of the account";
  EXPECT_EQ(code(trade(log_in("operator"), boot)), "BOOT_TOKEN_REFUSED");
  EXPECT_EQ(trade(viewer, boot).status, 200);
}

TEST_F(PageKeyServerTest, OtherRequestsGetNoBootToken) {
  for (const char* fields :
       {"", "Sec-Fetch-Dest: document\r\n", "Sec-Fetch-Mode: navigate\r\n",
        "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: navigate\r\n",
        "Sec-Fetch-Dest: iframe\r\nSec-Fetch-Mode: navigate\r\n",
        "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: cors\r\n",
        "Sec-Fetch-Dest: Document\r\nSec-Fetch-Mode: navigate\r\n",
        "Sec-Fetch-Dest: document\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n",
        "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Mode: navigate\r\n",
        "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
        "Service-Worker-Navigation-Preload: true\r\n"}) {
    const RawAnswer answer = ask("GET /", fields);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.find("portcullis-boot"), std::string::npos) << fields;
  }
  const RawAnswer packed =
      ask("GET /", log_in("viewer").cookie + kNavigation + "Accept-Encoding: gzip, br\r\n");
  EXPECT_EQ(packed.header("Content-Encoding"), "");
  EXPECT_NE(token_of(packed), "");
  EXPECT_EQ(ask("HEAD /", kNavigation).header("Content-Length"), "68");
  EXPECT_EQ(ask("GET /", std::string(kNavigation) + "If-None-Match: *\r\n").status, 200);
}

TEST_F(PageKeyServerTest, ABootTokenIsTradedOnceForAPageKey) {
  const Login viewer = log_in("viewer");
  EXPECT_EQ(code(ask("GET /api/plugins/manifests", viewer.cookie)), "STAMP_REQUIRED");
  const std::string boot = token(viewer);
  const RawAnswer traded = trade(viewer, boot);
  ASSERT_EQ(traded.status, 200) << traded.body;
  EXPECT_EQ(traded.header("Cache-Control"), "no-store");
  const json key = json::parse(traded.body);
  EXPECT_EQ(key["window"], 1024);
  EXPECT_EQ(code(trade(viewer, boot)), "BOOT_TOKEN_REFUSED");

  Stamper page(made(key));
  const auto stamped = [&](const StampedCall& call) {
    return viewer.cookie + "X-Plugin-Stamp: " + page.stamp(call) + "\r\n";
  };
  const StampedCall list{kHostCaller, "GET", "/api/plugins/manifests"};
  const std::string fields = stamped(list);
  EXPECT_EQ(ask("GET /api/plugins/manifests", fields).status, 200);
  const RawAnswer replayed = ask("GET /api/plugins/manifests", fields);
  EXPECT_EQ(code(replayed), "STAMP_REPLAYED");
  EXPECT_EQ(replayed.status, 403);
  EXPECT_EQ(replayed.header("X-Stamp-Violation"), "1");
  const StampedCall echo{"hello", "GET", "/api/plugins/secure-echo"};
  const RawAnswer echoed =
      ask("GET /api/plugins/secure-echo", stamped(echo) + "X-Plugin-Id: hello\r\n");
  EXPECT_EQ(json::parse(echoed.body)["stamped"], true);
  // Another session's cookie makes it invalid.
  const Login other = log_in("operator");
  EXPECT_EQ(code(ask("GET /api/plugins/manifests",
                     other.cookie + "X-Plugin-Stamp: " + page.stamp(list) + "\r\n")),
            "STAMP_INVALID");
}

TEST_F(PageKeyServerTest, ThePagesOfASessionShareAChannelKey) {
  const auto channel = [&](const Login& who) {
    return json::parse(trade(who, token(who)).body)["channel"].get<std::string>();
  };
  const Login viewer = log_in("viewer");
  const std::string first = channel(viewer);
  EXPECT_EQ(first.size(), 43U);
  EXPECT_EQ(channel(viewer), first);
  EXPECT_NE(channel(log_in("viewer")), first);
  EXPECT_EQ(viewer.cookie.find(first), std::string::npos);
}

TEST_F(PageKeyServerTest, SandboxesDocumentsWithoutPopups) {
  for (const char* line : {"GET /", "GET /hello/deep", "GET /index.html"}) {
    EXPECT_NE(ask(line, "").head.find("Content-Security-Policy: sandbox allow-scripts "),
              std::string::npos)
        << line;
    EXPECT_NE(ask(line, kNavigation).head.find("Content-Security-Policy: sandbox allow-scripts "),
              std::string::npos)
        << line;
  }
  EXPECT_EQ(ask("GET /", kNavigation).head.find(" allow-popups"), std::string::npos);
  EXPECT_EQ(ask("GET /auth/session", "").head.find("sandbox"), std::string::npos);
  stop();
  folder_.write("settings.yaml", std::string(testing::server_config::kSettings) +
                                     "stamps: required\nsecurity: { popups: allow }\n");
  start();
  EXPECT_EQ(ask("GET /", kNavigation).head.find("sandbox"), std::string::npos);
}

TEST_F(PageKeyServerTest, ATradeNeedsASessionCsrfProofsAndTheHost) {
  const Login viewer = log_in("viewer");
  const std::string boot = token(viewer);
  const std::string body = json{{"boot", boot}}.dump();
  EXPECT_EQ(code(ask("POST /api/plugins/page-key", kJson, body)), "SESSION_REQUIRED");
  EXPECT_EQ(code(ask("POST /api/plugins/page-key", viewer.cookie + kJson, body)), "CSRF_ORIGIN");
  EXPECT_EQ(code(trade(viewer, boot, "X-Plugin-Id: hello\r\n")), "PLUGIN_IDENTITY_REFUSED");
  EXPECT_EQ(code(trade(viewer, "x" + boot)), "BOOT_TOKEN_REFUSED");
  EXPECT_EQ(code(trade(viewer, "")), "JSON_WRONG_SHAPE");
  EXPECT_EQ(trade(viewer, boot).status, 200);
}

TEST_F(PageKeyServerTest, AKeyIsRenewedReleasedAndEndsWithTheSession) {
  const Login viewer = log_in("viewer");
  const json key = json::parse(trade(viewer, token(viewer)).body);
  Stamper page(made(key));
  const std::string proven = viewer.cookie + viewer.proofs;
  const StampedCall renew{kHostCaller, "POST", "/api/plugins/page-key/renew"};
  EXPECT_EQ(code(ask("POST /api/plugins/page-key/renew", proven)), "STAMP_REQUIRED");
  const RawAnswer renewed = ask("POST /api/plugins/page-key/renew",
                                proven + "X-Plugin-Stamp: " + page.stamp(renew) + "\r\n");
  ASSERT_EQ(renewed.status, 200) << renewed.body;
  const json next = json::parse(renewed.body);
  Stamper fresh(made(next));
  EXPECT_EQ(server_->app().state.page_keys.size(), 1U);

  const auto say = [&](const std::string& change, std::uint64_t step, const std::string& mac) {
    return ask("POST /api/plugins/page-key/state", proven + kJson,
               json{{"key_id", fresh.id}, {"change", change}, {"step", step}, {"mac", mac}}.dump());
  };
  const StampedCall list{kHostCaller, "GET", "/api/plugins/manifests"};
  const auto list_code = [&] {
    const RawAnswer answer = ask("GET /api/plugins/manifests",
                                 viewer.cookie + "X-Plugin-Stamp: " + fresh.stamp(list) + "\r\n");
    return answer.status == 200 ? "ALLOWED" : code(answer);
  };
  EXPECT_EQ(say("suspend", 1, fresh.page_mac("suspend", 1)).status, 204);
  EXPECT_EQ(list_code(), "STAMP_INVALID");
  EXPECT_EQ(say("resume", 2, fresh.page_mac("resume", 2)).status, 204);
  EXPECT_EQ(list_code(), "ALLOWED");
  EXPECT_EQ(code(say("suspend", 3, fresh.page_mac("suspend", 4))), "STAMP_INVALID");
  EXPECT_EQ(code(say("renew", 3, fresh.page_mac("suspend", 3))), "JSON_WRONG_SHAPE");
  EXPECT_EQ(say("release", 3, fresh.page_mac("release", 3)).status, 204);
  EXPECT_EQ(say("release", 3, fresh.page_mac("release", 3)).status, 204);
  EXPECT_EQ(list_code(), "STAMP_INVALID");
  EXPECT_EQ(trade(viewer, token(viewer)).status, 200);
  EXPECT_EQ(server_->app().state.page_keys.size(), 1U);
  EXPECT_EQ(ask("POST /auth/logout", proven).status, 204);
  EXPECT_EQ(server_->app().state.page_keys.size(), 0U);
}

}  // namespace
}  // namespace portcullis::bff
