// The contract of domain/boot_tokens.hpp, for every store of boot tokens.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "judge_bench.hpp"
#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::settled;
using testing::Stores;
using Trade = BootTokens::Trade;

class BootToken : public ::testing::TestWithParam<Stores> {
 protected:
  std::unique_ptr<BootTokens> make() const {
    if (GetParam() == Stores::kAwaited) {
      return std::make_unique<testing::AwaitedBootTokens>(
          std::make_unique<MemoryBootTokens>(clock));
    }
    return std::make_unique<MemoryBootTokens>(clock);
  }
  /// A session of the account; each call makes another one.
  Session session_of(const std::string& account, const std::string& tenant = "localhost") {
    Session session;
    session.serial = ++serial;
    session.id = "session-" + std::to_string(serial);
    session.tenant = tenant;
    session.user = account;
    return session;
  }
  Trade trade(const std::string& token, const Session& session) {
    return settled(tokens.trade(token, session));
  }

  ManualClock clock;
  std::uint64_t serial = 0;
  const std::unique_ptr<BootTokens> made = make();
  BootTokens& tokens = *made;
};
INSTANTIATE_TEST_SUITE_P(Of, BootToken, ::testing::Values(Stores::kAtHand, Stores::kAwaited),
                         testing::stores_name);

TEST_P(BootToken, IsTradedOnce) {
  const Session session = session_of("1");
  const std::string token = tokens.issue(session);
  EXPECT_EQ(tokens.size(), 0u);
  EXPECT_EQ(trade(token, session), Trade::kDone);
  EXPECT_EQ(trade(token, session), Trade::kRefused);
  EXPECT_EQ(tokens.size(), 1u);
}

TEST_P(BootToken, IsTradedInItsOwnSessionOnly) {
  const Session session = session_of("1");
  const std::string token = tokens.issue(session);
  Session renewed = session_of("1");
  EXPECT_EQ(trade(token, session_of("2")), Trade::kRefused) << "another account";
  EXPECT_EQ(trade(token, renewed), Trade::kRefused) << "a later session of the same account";
  renewed.serial = session.serial;
  EXPECT_EQ(trade(token, renewed), Trade::kRefused) << "the serial is no secret";
  Session elsewhere = session;
  elsewhere.tenant = "acme.localhost";
  EXPECT_EQ(trade(token, elsewhere), Trade::kRefused) << "another tenant";
  EXPECT_EQ(tokens.size(), 0u) << "refusals use nothing up";
  EXPECT_EQ(trade(token, session), Trade::kDone);
}

TEST_P(BootToken, IsUniqueAndBoundToItsServer) {
  const Session session = session_of("1");
  const std::string token = tokens.issue(session);
  EXPECT_NE(token, tokens.issue(session));
  const auto restarted = make();
  EXPECT_EQ(settled(restarted->trade(token, session)), Trade::kRefused);
  EXPECT_EQ(trade(token, session), Trade::kDone);
}

TEST_P(BootToken, IsInvalidWithAnyCharacterChanged) {
  const Session session = session_of("1");
  const std::string token = tokens.issue(session);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(trade(changed, session), Trade::kRefused) << i;
  }
  for (const std::string& none : {std::string(), token + "A", token.substr(1), "x" + token}) {
    EXPECT_EQ(trade(none, session), Trade::kRefused);
  }
  EXPECT_EQ(tokens.size(), 0u);
}

TEST_P(BootToken, Expires) {
  const Session session = session_of("1");
  const std::string early = tokens.issue(session);
  const std::string late = tokens.issue(session);
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(trade(early, session), Trade::kDone);
  clock.advance(1ms);
  EXPECT_EQ(trade(late, session), Trade::kRefused);
}

TEST_P(BootToken, IsRememberedUntilItExpires) {
  const Session session = session_of("1");
  const std::string first = tokens.issue(session);
  ASSERT_EQ(trade(first, session), Trade::kDone);
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(trade(first, session), Trade::kRefused);
  clock.advance(1ms);
  EXPECT_EQ(trade(tokens.issue(session), session), Trade::kDone);
  EXPECT_EQ(tokens.size(), 1u);
  EXPECT_EQ(trade(first, session), Trade::kRefused);
}

TEST_P(BootToken, OldestTradesOfABusyAccountAreForgottenButNeverAcceptedAgain) {
  // Of two sessions, because the quota is the account's.
  const Session sessions[] = {session_of("a"), session_of("a")};
  const Session other = session_of("b");
  std::vector<std::string> traded;
  for (std::size_t i = 0; i < BootTokens::kMaxPerAccount + 3; ++i) {
    traded.push_back(tokens.issue(sessions[i % 2]));
    clock.advance(1ms);
    ASSERT_EQ(trade(traded.back(), sessions[i % 2]), Trade::kDone) << i;
  }
  EXPECT_EQ(tokens.size(), BootTokens::kMaxPerAccount);
  EXPECT_EQ(tokens.replaced().of(Quota::kAccount), 3U);
  for (const std::string& token : traded) {
    for (const Session& session : sessions) EXPECT_EQ(trade(token, session), Trade::kRefused);
    EXPECT_EQ(trade(token, other), Trade::kRefused) << "nor in another account's session";
  }
  // Another account of the tenant and another tenant are not affected.
  EXPECT_EQ(trade(tokens.issue(other), other), Trade::kDone);
  const Session elsewhere = session_of("a", "acme.localhost");
  EXPECT_EQ(trade(tokens.issue(elsewhere), elsewhere), Trade::kDone);
}

TEST_P(BootToken, IsRefusedIfOlderThanAForgottenTrade) {
  const Session session = session_of("a");
  const Session other = session_of("b");
  const std::string waiting = tokens.issue(session);
  const std::string same = tokens.issue(other);
  clock.advance(1ms);
  for (std::size_t i = 0; i <= BootTokens::kMaxPerAccount; ++i) {
    ASSERT_EQ(trade(tokens.issue(session), session), Trade::kDone);
  }
  EXPECT_EQ(trade(waiting, session), Trade::kRefused);
  EXPECT_EQ(trade(same, other), Trade::kDone) << "but not for other accounts";
}

TEST_P(BootToken, TheTenantQuotaIsChargedToTheBusiestAccount) {
  const Session quiet = session_of("quiet");
  ASSERT_EQ(trade(tokens.issue(quiet), quiet), Trade::kDone);
  const std::size_t accounts = BootTokens::kMaxPerTenant / BootTokens::kMaxPerAccount;
  const std::string first = tokens.issue(quiet);
  ASSERT_EQ(trade(first, quiet), Trade::kDone);
  for (std::size_t i = 0; i < accounts; ++i) {
    const Session session = session_of(std::to_string(i));
    for (std::size_t n = 0; n < BootTokens::kMaxPerAccount; ++n) {
      ASSERT_EQ(trade(tokens.issue(session), session), Trade::kDone);
    }
  }
  EXPECT_EQ(tokens.size(), BootTokens::kMaxPerTenant);
  EXPECT_EQ(trade(first, quiet), Trade::kRefused);
  EXPECT_EQ(trade(tokens.issue(quiet), quiet), Trade::kDone);
  EXPECT_EQ(tokens.replaced().of(Quota::kTenant), 3U);
  clock.advance(BootTokens::kLife);
  EXPECT_EQ(trade(tokens.issue(quiet), quiet), Trade::kDone);
  EXPECT_EQ(tokens.size(), 1u);
}

TEST_P(BootToken, IsTradedOnceByManyThreadsAtOnce) {
  const Session session = session_of("1");
  for (int round = 0; round < 20; ++round) {
    const std::string token = tokens.issue(session);
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        if (trade(token, session) == Trade::kDone) ++done;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(done, 1);
  }
}

}  // namespace
}  // namespace portcullis::bff
