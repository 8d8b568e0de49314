// The gateway over stores that have to be awaited: the same answers as over those in memory, and a
// store that fails lets nothing through.
#include "awaited_stores.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "app/app.hpp"
#include "app/reload.hpp"
#include "http/listener.hpp"
#include "server_fixture.hpp"
#include "stamper.hpp"

namespace portcullis::bff {
namespace {

using testing::RawAnswer;

/// A store behind a network that is down.
class BrokenSessions final : public SessionStore {
 public:
  Answer<SessionPtr> create(NewSession) override { return fail<SessionPtr>(); }
  Answer<SessionPtr> find(std::string_view, std::string_view) override {
    return fail<SessionPtr>();
  }
  bool alive(const Session&) const override { return false; }
  Answer<bool> destroy(std::string_view, std::string_view, SessionEnd) override {
    return fail<bool>();
  }
  std::size_t destroy_if(const std::function<bool(const Session&)>&, SessionEnd) override {
    return 0;
  }
  std::size_t sweep(const std::unordered_set<std::uint64_t>&) override { return 0; }
  void on_end(EndCallback) override {}
  void set_limits(SessionLimits) override {}
  std::size_t size() const noexcept override { return 0; }
  const QuotaCounts& replaced() const noexcept override { return replaced_; }

 private:
  template <class T>
  static boost::asio::awaitable<T> down() {
    throw std::runtime_error("the session store does not answer");
    co_return T();
  }
  template <class T>
  static Answer<T> fail() {
    return down<T>();
  }
  QuotaCounts replaced_;
};

/// Copies nothing, against the contract, and looks at its arguments when it is awaited.
class ForgetfulPageKeys final : public PageKeys {
 public:
  explicit ForgetfulPageKeys(PageKeys& in) : in_(in) {}
  Answer<StampCheck> check(const Stamp& stamp, const Session& session,
                           const StampedCall& call) override {
    return checked_later(stamp, session, call);
  }
  Answer<NewPageKey> create(const Session& session) override { return in_.create(session); }
  Answer<std::optional<NewPageKey>> renew(const Session& session, std::string_view id) override {
    return in_.renew(session, id);
  }
  Answer<StampFault> claim(const StampCheck& checked) override { return in_.claim(checked); }
  Answer<bool> change(const Session& session, std::string_view id, std::string_view change,
                      std::uint64_t step, std::string_view mac) override {
    return in_.change(session, id, change, step, mac);
  }
  void end_session(std::uint64_t serial) override { in_.end_session(serial); }
  void end_plugin(TenantPluginView plugin) override { in_.end_plugin(plugin); }
  std::size_t size() const override { return in_.size(); }
  const QuotaCounts& replaced() const noexcept override { return in_.replaced(); }

 private:
  boost::asio::awaitable<StampCheck> checked_later(const Stamp& stamp, const Session& session,
                                                   StampedCall call) {
    const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
    co_return in_.check(stamp, session, call).now();
  }
  PageKeys& in_;
};

class AwaitedStores : public testing::ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();  // writes the folder; and its server is not used
    stop();
  }
  void TearDown() override { end(); }

  /// With these stores in place of those that are awaited.
  void serve(SessionStore* sessions, bool forgetful = false) {
    StateOptions options;
    options.folder = folder_.root() / "state";
    state_ = std::move(std::get<std::unique_ptr<SharedState>>(SharedState::open(options)));
    LoadOptions load;
    load.config_dir = folder_.config();
    load.plugins_dir = folder_.plugins();
    app_ = std::make_unique<App>(*state_, std::move(load));
    ASSERT_TRUE(reload(*app_).ok);
    awaited_sessions_ = std::make_unique<testing::AwaitedSessions>(state_->sessions);
    if (forgetful) {
      page_keys_ = std::make_unique<ForgetfulPageKeys>(state_->page_keys);
    } else {
      page_keys_ = std::make_unique<testing::AwaitedPageKeys>(state_->page_keys);
    }
    rates_ = std::make_unique<testing::AwaitedRateLimiter>(state_->rates);
    const Gateway::Parts at_hand = app_->gateway_parts();
    worker_ = std::make_unique<Worker>(app_->load, Timeouts{});
    gateway_ = std::make_unique<Gateway>(
        Gateway::Parts{at_hand.clock, at_hand.serving_states,
                       sessions != nullptr ? *sessions : *awaited_sessions_, at_hand.quarantine,
                       *rates_, at_hand.operator_token, *page_keys_, at_hand.bodies,
                       at_hand.metrics, at_hand.health, at_hand.audit, at_hand.endpoints},
        *worker_);
    auto sockets = std::get<BoundSockets>(BoundSockets::open("127.0.0.1", 0, 1));
    port_ = sockets.port();
    listener_ =
        std::make_unique<Listener>(*worker_, *gateway_, sockets.take(worker_->context), true);
    listener_->start();
    running_ = std::thread([this] { worker_->context.run(); });
  }
  void end() {
    if (!running_.joinable()) return;
    worker_->context.stop();
    running_.join();
    listener_.reset();
    gateway_.reset();
    worker_.reset();
    app_.reset();
    state_.reset();
  }

  std::unique_ptr<SharedState> state_;
  std::unique_ptr<App> app_;
  std::unique_ptr<testing::AwaitedSessions> awaited_sessions_;
  std::unique_ptr<PageKeys> page_keys_;
  std::unique_ptr<testing::AwaitedRateLimiter> rates_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<Listener> listener_;
  std::thread running_;
};

TEST_F(AwaitedStores, GiveTheSameAnswers) {
  serve(nullptr);
  const Login viewer = log_in("viewer");
  const std::string hello = viewer.cookie + "X-Plugin-Id: hello\r\n";
  EXPECT_EQ(code(ask("GET /api/plugins/secure-echo", "X-Plugin-Id: hello\r\n")),
            "SESSION_REQUIRED");
  EXPECT_EQ(ask("GET /api/plugins/secure-echo", hello).status, 200);
  const RawAnswer limited = ask("GET /api/lab/ok", hello);
  EXPECT_EQ(limited.status, 200);
  EXPECT_FALSE(limited.header("RateLimit").empty()) << limited.head;
  EXPECT_EQ(code(ask("GET /api/nothing", hello)), "ALLOWLIST_VIOLATION");
  EXPECT_EQ(code(ask("POST /api/lab/ok", hello)), "CSRF_ORIGIN");
  EXPECT_EQ(ask("POST /api/lab/ok", hello + viewer.proofs, "{}").status, 200);
  EXPECT_EQ(ask("GET /api/plugins/manifests", viewer.cookie).status, 200);
  EXPECT_EQ(ask("POST /auth/logout", viewer.cookie + viewer.proofs).status, 204);
  EXPECT_EQ(code(ask("GET /api/plugins/secure-echo", hello)), "SESSION_REQUIRED");
}

TEST_F(AwaitedStores, MayLookAtAStampAndItsCallUntilTheyAnswer) {
  serve(nullptr, true);
  const Login viewer = log_in("viewer");
  const std::string cookie = viewer.cookie.substr(viewer.cookie.find('=') + 1);
  const SessionPtr session =
      state_->sessions.find(cookie.substr(0, cookie.size() - 2), "localhost").now();
  ASSERT_TRUE(session);
  testing::Stamper page(state_->page_keys.create(*session).now());
  for (int i = 0; i < 3; ++i) {
    const std::string stamp = page.stamp({"hello", "GET", "/api/plugins/secure-echo"});
    const RawAnswer answer =
        ask("GET /api/plugins/secure-echo",
            viewer.cookie + "X-Plugin-Id: hello\r\nX-Plugin-Stamp: " + stamp + "\r\n");
    EXPECT_EQ(answer.status, 200) << answer.body;
  }
}

TEST_F(AwaitedStores, ThatFailLetNothingThroughAndTheServerGoOn) {
  BrokenSessions broken;
  serve(&broken);
  const std::string cookie = "Cookie: __Host-portcullis=" + std::string(43, 'A') + "\r\n";
  for (int i = 0; i < 3; ++i) {
    const RawAnswer answer = ask("GET /api/plugins/secure-echo", cookie + "X-Plugin-Id: hello\r\n");
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(code(answer), "INTERNAL");
    EXPECT_EQ(answer.body.find("does not answer"), std::string::npos) << "not for the caller";
  }
  EXPECT_EQ(code(ask("GET /api/plugins/secure-echo")), "SESSION_REQUIRED") << "no store is asked";
}

}  // namespace
}  // namespace portcullis::bff
