// The stamp stage: which calls need a stamp, and how invalid stamps are reported.
#include <gtest/gtest.h>

#include <memory>

#include "api/endpoint_table.hpp"
#include "base/clock.hpp"
#include "config_folder.hpp"
#include "enforce/judging.hpp"
#include "judge_bench.hpp"
#include "request_text.hpp"
#include "secret_file.hpp"
#include "stamper.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::settled;
using testing::Stamper;
using testing::Stores;

constexpr const char* kPlugins = R"(
tenants:
  localhost:
    - id: hello
      version: "1.0.0"
      bundle: { file: /app/plugins/hello.js }
      engine: { experience: ">=1.0.0" }
      permissions: { api: [ { method: GET, path: /api/sales/* } ], sse: [/events/orders] }
)";
constexpr const char* kRoutes = R"(
routes:
  - { path: /api/sales/*, methods: [GET, POST], fixture: sales }
  - { path: /api/open/*, plugin: optional, methods: [GET], fixture: sales }
  - { path: /events/orders, kind: sse, fixture: orders }
  - { path: /reports/*, plugin: optional, methods: [GET], fixture: sales }
)";
constexpr const char* kFixtures = R"(
fixtures:
  sales: { responses: [ { method: GET, path: /api/sales/x, json: {} } ] }
  orders: { stream: { events: [ { data: x } ] } }
)";

class JudgeStampTest : public ::testing::TestWithParam<Stores> {
 protected:
  void load(const std::string& stamps) {
    folder_.write("settings.yaml", "experience_version: \"1.4.0\"\nstamps: " + stamps + "\n");
    folder_.write("plugins.yaml", kPlugins);
    folder_.write("routes.yaml", kRoutes);
    folder_.write("fixtures.yaml", kFixtures);
    LoadResult loaded = folder_.load();
    ASSERT_TRUE(loaded.ok()) << (loaded.problems.empty() ? "" : to_string(loaded.problems[0]));
    snapshot_ = loaded.snapshot;
  }
  void SetUp() override {
    load("required");
    testing::write_secret(state_ / "token", "0123456789abcdef\n");
    bench_.token.set_file(state_ / "token");
    session_ = bench_.sign_in({"operator"});
    page_ = std::make_unique<Stamper>(settled(bench_.page_keys->create(*session_)));
  }

  /// `caller`: a plugin id or kHostCaller. `stamp`: the header value; empty for none.
  Judgement ask(const std::string& line, std::string_view caller, const std::string& stamp,
                const std::string& more = {}) {
    std::string text =
        line + " HTTP/1.1\nHost: localhost:8080\nCookie: __Host-portcullis=" + session_->id +
        "\nOrigin: http://localhost:8080\nX-CSRF-Token: " + session_->csrf_token + more;
    if (caller != kHostCaller) text += "\nX-Plugin-Id: " + std::string(caller);
    if (!stamp.empty()) text += "\nX-Plugin-Stamp: " + stamp;
    parsed_ = testing::parse_text(text);
    EXPECT_EQ(name(parsed_.code), "ALLOWED") << text;
    return bench_.judge(parsed_.request, *snapshot_);
  }
  std::string code(const std::string& line, std::string_view caller, const std::string& stamp,
                   const std::string& more = {}) {
    return std::string(name(ask(line, caller, stamp, more).code));
  }
  /// Sends the call with a valid stamp.
  std::string stamped(const std::string& method, const std::string& target,
                      std::string_view caller) {
    return code(method + " " + target, caller, page_->stamp({caller, method, target}));
  }
  void quarantine_hello() {
    bench_.set_quarantine("hello");
    bench_.page_keys->end_plugin({"localhost", "hello"});
  }

  testing::ConfigFolder folder_;
  testing::TempFolder state_;
  testing::JudgeBench bench_{GetParam()};
  std::shared_ptr<const Snapshot> snapshot_;
  SessionPtr session_;
  std::unique_ptr<Stamper> page_;
  testing::ParsedRequest parsed_;
};
INSTANTIATE_TEST_SUITE_P(StoresAre, JudgeStampTest,
                         ::testing::Values(Stores::kAtHand, Stores::kAwaited),
                         testing::stores_name);

TEST_P(JudgeStampTest, AllCallsWithASessionNeedAStamp) {
  for (const char* target :
       {"/api/sales/x", "/api/open/x", "/events/orders", "/reports/x", "/api/plugins/manifests",
        "/api/plugins/events", "/api/configs/ui", "/api/configs/stream", "/api/nothing",
        "/api/plugins/bundle?entry=hello&id=hello", "/api/plugins/quarantine", "/events/nothing"}) {
    const bool of_host = std::string_view(target).substr(0, 12) != "/api/sales/x" &&
                         std::string_view(target) != "/events/orders";
    EXPECT_EQ(code(std::string("GET ") + target, of_host ? kHostCaller : "hello", ""),
              "STAMP_REQUIRED")
        << target;
  }
  EXPECT_EQ(code("POST /access/v1/evaluations", kHostCaller, ""), "STAMP_REQUIRED");
  EXPECT_EQ(code("POST /access/v1/evaluation", "hello", ""), "STAMP_REQUIRED");
  EXPECT_EQ(code("OPTIONS /api/sales/x", kHostCaller, ""), "STAMP_REQUIRED");
  EXPECT_EQ(code("GET /page", "hello", ""), "STAMP_REQUIRED");
}

TEST_P(JudgeStampTest, CallsThatCannotBeStampedNeedNone) {
  for (const char* line :
       {"GET /", "GET /hello", "GET /auth/session", "POST /auth/logout", "POST /auth/login",
        "POST /api/plugins/page-key", "POST /api/plugins/page-key/state",
        "GET /api/plugins/bundle?entry=hello&id=hello&v=00", "OPTIONS *"}) {
    EXPECT_EQ(code(line, kHostCaller, ""), "ALLOWED") << line;
  }
  EXPECT_EQ(code("POST /api/plugins/page-key/renew", kHostCaller, ""), "STAMP_REQUIRED");
  Judgement by_token =
      ask("POST /api/plugins/refresh", kHostCaller, "", "\nAuthorization: Bearer 0123456789abcdef");
  EXPECT_EQ(name(by_token.code), "ALLOWED");
  EXPECT_EQ(code("POST /api/plugins/refresh", kHostCaller, ""), "STAMP_REQUIRED");
}

TEST_P(JudgeStampTest, AValidStampIsAcceptedOnce) {
  EXPECT_EQ(stamped("GET", "/api/plugins/manifests", kHostCaller), "ALLOWED");
  EXPECT_EQ(stamped("POST", "/api/plugins/refresh", kHostCaller), "ALLOWED");
  const std::string stamp = page_->stamp({"hello", "GET", "/api/sales/x"});
  const Judgement judgement = ask("GET /api/sales/x", "hello", stamp);
  EXPECT_EQ(name(judgement.code), "ALLOWED");
  EXPECT_TRUE(judgement.stamped);
  EXPECT_EQ(code("GET /api/sales/x", "hello", stamp), "STAMP_REPLAYED");
}

TEST_P(JudgeStampTest, CoversTheCanonicalTarget) {
  EXPECT_EQ(
      code("GET /api/./sales/%78?q=1", "hello", page_->stamp({"hello", "GET", "/api/sales/x?q=1"})),
      "ALLOWED");
  EXPECT_EQ(code("GET /api/./sales/%78?q=1", "hello",
                 page_->stamp({"hello", "GET", "/api/./sales/%78?q=1"})),
            "STAMP_INVALID");
}

TEST_P(JudgeStampTest, AnotherCallsStampIsInvalid) {
  const auto stamp = [&](std::string_view caller, std::string_view method,
                         std::string_view target) {
    return page_->stamp({caller, method, target});
  };
  const std::string line = "GET /api/sales/x";
  EXPECT_EQ(code(line, "hello", stamp("hello-page", "GET", "/api/sales/x")), "STAMP_INVALID");
  EXPECT_EQ(code(line, "hello", stamp(kHostCaller, "GET", "/api/sales/x")), "STAMP_INVALID");
  EXPECT_EQ(code(line, "hello", stamp("hello", "POST", "/api/sales/x")), "STAMP_INVALID");
  EXPECT_EQ(code(line, "hello", stamp("hello", "HEAD", "/api/sales/x")), "STAMP_INVALID");
  EXPECT_EQ(code(line, "hello", stamp("hello", "GET", "/api/sales/x?")), "STAMP_INVALID");
  // A plugin that omits its id, with a stamp made for it.
  EXPECT_EQ(code("GET /api/open/x", kHostCaller, stamp("hello", "GET", "/api/open/x")),
            "STAMP_INVALID");
  const std::string good = stamp("hello", "GET", "/api/sales/x");
  for (const std::string& bad : {good + "\nX-Plugin-Stamp: " + good, good + ", " + good, good + "x",
                                 good.substr(1), std::string("v1"), std::string("-")}) {
    EXPECT_EQ(code(line, "hello", bad), "STAMP_INVALID") << bad;
  }
  EXPECT_EQ(code(line, "hello", good), "ALLOWED");
}

TEST_P(JudgeStampTest, IsCheckedAfterTheIdentityAndBeforeLaterStages) {
  EXPECT_EQ(code("GET /api/sales/x", kHostCaller, ""), "PLUGIN_ID_REQUIRED");
  EXPECT_EQ(code("GET /api/sales/x", "nobody", ""), "STAMP_REQUIRED");
  EXPECT_EQ(stamped("GET", "/api/sales/x", "nobody"), "PLUGIN_UNKNOWN");
  EXPECT_EQ(stamped("GET", "/api/other", "hello"), "ALLOWLIST_VIOLATION");
  EXPECT_EQ(code("GET /api/other", "hello", ""), "STAMP_REQUIRED");
}

TEST_P(JudgeStampTest, OptionalStampsAreCheckedIfPresent) {
  load("optional");
  const Judgement without = ask("GET /api/sales/x", "hello", "");
  EXPECT_EQ(name(without.code), "ALLOWED");
  EXPECT_FALSE(without.stamped);
  EXPECT_EQ(code("GET /api/sales/x", "hello", page_->stamp({"other", "GET", "/api/sales/x"})),
            "STAMP_INVALID");
  EXPECT_EQ(stamped("GET", "/api/sales/x", "hello"), "ALLOWED");
  EXPECT_EQ(code("POST /api/plugins/page-key/renew", kHostCaller, ""), "STAMP_REQUIRED");
}

TEST_P(JudgeStampTest, StampsAreIgnoredWhenOff) {
  load("off");
  EXPECT_EQ(code("GET /api/sales/x", "hello", "anything"), "ALLOWED");
  EXPECT_EQ(code("POST /api/plugins/page-key/renew", kHostCaller, "anything"), "STAMP_INVALID");
}

TEST_P(JudgeStampTest, QuarantineInvalidatesThePluginsExistingStamps) {
  quarantine_hello();
  EXPECT_EQ(stamped("GET", "/api/sales/x", "hello"), "PLUGIN_QUARANTINED");
  bench_.quarantine->clear("localhost", "hello");
  EXPECT_EQ(stamped("GET", "/api/sales/x", "hello"), "STAMP_INVALID");
  EXPECT_EQ(stamped("GET", "/api/plugins/manifests", kHostCaller), "ALLOWED");
  page_ = std::make_unique<Stamper>(settled(bench_.page_keys->renew(*session_, page_->id)).value());
  EXPECT_EQ(stamped("GET", "/api/sales/x", "hello"), "ALLOWED");
}

}  // namespace
}  // namespace portcullis::bff
