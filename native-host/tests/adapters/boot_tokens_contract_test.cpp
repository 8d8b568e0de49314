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

  ManualClock clock;
  const std::unique_ptr<BootTokens> made = make();
  BootTokens& tokens = *made;
};
INSTANTIATE_TEST_SUITE_P(Of, BootToken, ::testing::Values(Stores::kAtHand, Stores::kAwaited),
                         testing::stores_name);

TEST_P(BootToken, IsTradedOnce) {
  const std::string token = tokens.issue("localhost");
  EXPECT_EQ(tokens.size(), 0u);
  EXPECT_EQ(settled(tokens.trade(token, "localhost", "1")), Trade::kDone);
  EXPECT_EQ(settled(tokens.trade(token, "localhost", "1")), Trade::kRefused);
  EXPECT_EQ(settled(tokens.trade(token, "localhost", "2")), Trade::kRefused);
  EXPECT_EQ(tokens.size(), 1u);
}

TEST_P(BootToken, IsUniqueAndBoundToItsTenant) {
  const std::string token = tokens.issue("localhost");
  EXPECT_NE(token, tokens.issue("localhost"));
  EXPECT_EQ(settled(tokens.trade(token, "acme.localhost", "1")), Trade::kRefused);
  const auto restarted = make();
  EXPECT_EQ(settled(restarted->trade(token, "localhost", "1")), Trade::kRefused);
  EXPECT_EQ(settled(tokens.trade(token, "localhost", "1")), Trade::kDone);
}

TEST_P(BootToken, IsInvalidWithAnyCharacterChanged) {
  const std::string token = tokens.issue("localhost");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(settled(tokens.trade(changed, "localhost", "1")), Trade::kRefused) << i;
  }
  for (const std::string& none : {std::string(), token + "A", token.substr(1), "x" + token}) {
    EXPECT_EQ(settled(tokens.trade(none, "localhost", "1")), Trade::kRefused);
  }
  EXPECT_EQ(tokens.size(), 0u);
}

TEST_P(BootToken, Expires) {
  const std::string early = tokens.issue("localhost");
  const std::string late = tokens.issue("localhost");
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(settled(tokens.trade(early, "localhost", "1")), Trade::kDone);
  clock.advance(1ms);
  EXPECT_EQ(settled(tokens.trade(late, "localhost", "1")), Trade::kRefused);
}

TEST_P(BootToken, IsRememberedUntilItExpires) {
  const std::string first = tokens.issue("localhost");
  ASSERT_EQ(settled(tokens.trade(first, "localhost", "1")), Trade::kDone);
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(settled(tokens.trade(first, "localhost", "1")), Trade::kRefused);
  clock.advance(1ms);
  const std::string second = tokens.issue("localhost");
  EXPECT_EQ(settled(tokens.trade(second, "localhost", "1")), Trade::kDone);
  EXPECT_EQ(tokens.size(), 1u);
  EXPECT_EQ(settled(tokens.trade(first, "localhost", "1")), Trade::kRefused);
}

TEST_P(BootToken, OldestTradesOfABusyAccountAreForgottenButNeverAcceptedAgain) {
  std::vector<std::string> traded;
  for (std::size_t i = 0; i < BootTokens::kMaxPerAccount + 3; ++i) {
    traded.push_back(tokens.issue("localhost"));
    clock.advance(1ms);
    ASSERT_EQ(settled(tokens.trade(traded.back(), "localhost", "a")), Trade::kDone) << i;
  }
  EXPECT_EQ(tokens.size(), BootTokens::kMaxPerAccount);
  EXPECT_EQ(tokens.replaced().of(Quota::kAccount), 3U);
  for (const std::string& token : traded) {
    EXPECT_EQ(settled(tokens.trade(token, "localhost", "a")), Trade::kRefused);
  }
  // Another account of the tenant and another tenant are not affected.
  EXPECT_EQ(settled(tokens.trade(tokens.issue("localhost"), "localhost", "b")), Trade::kDone);
  EXPECT_EQ(settled(tokens.trade(tokens.issue("acme.localhost"), "acme.localhost", "a")),
            Trade::kDone);
  EXPECT_EQ(settled(tokens.trade(traded.back(), "localhost", "b")), Trade::kRefused)
      << "still remembered";
}

TEST_P(BootToken, IsRefusedIfOlderThanAForgottenTrade) {
  const std::string waiting = tokens.issue("localhost");
  const std::string same = tokens.issue("localhost");
  clock.advance(1ms);
  for (std::size_t i = 0; i <= BootTokens::kMaxPerAccount; ++i) {
    ASSERT_EQ(settled(tokens.trade(tokens.issue("localhost"), "localhost", "a")), Trade::kDone);
  }
  EXPECT_EQ(settled(tokens.trade(waiting, "localhost", "a")), Trade::kRefused);
  EXPECT_EQ(settled(tokens.trade(same, "localhost", "b")), Trade::kDone)
      << "but not for other accounts";
}

TEST_P(BootToken, TheTenantQuotaIsChargedToTheBusiestAccount) {
  ASSERT_EQ(settled(tokens.trade(tokens.issue("localhost"), "localhost", "quiet")), Trade::kDone);
  const std::size_t accounts = BootTokens::kMaxPerTenant / BootTokens::kMaxPerAccount;
  const std::string first = tokens.issue("localhost");
  ASSERT_EQ(settled(tokens.trade(first, "localhost", "quiet")), Trade::kDone);
  for (std::size_t i = 0; i < accounts; ++i) {
    for (std::size_t n = 0; n < BootTokens::kMaxPerAccount; ++n) {
      ASSERT_EQ(settled(tokens.trade(tokens.issue("localhost"), "localhost", std::to_string(i))),
                Trade::kDone);
    }
  }
  EXPECT_EQ(tokens.size(), BootTokens::kMaxPerTenant);
  EXPECT_EQ(settled(tokens.trade(first, "localhost", "quiet")), Trade::kRefused);
  EXPECT_EQ(settled(tokens.trade(tokens.issue("localhost"), "localhost", "quiet")), Trade::kDone);
  EXPECT_EQ(tokens.replaced().of(Quota::kTenant), 3U);
  clock.advance(BootTokens::kLife);
  EXPECT_EQ(settled(tokens.trade(tokens.issue("localhost"), "localhost", "quiet")), Trade::kDone);
  EXPECT_EQ(tokens.size(), 1u);
}

TEST_P(BootToken, IsTradedOnceByManyThreadsAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const std::string token = tokens.issue("localhost");
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        if (settled(tokens.trade(token, "localhost", std::to_string(i))) == Trade::kDone) ++done;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(done, 1);
  }
}

}  // namespace
}  // namespace portcullis::bff
