#include "domain/boot_tokens.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using Trade = BootTokens::Trade;

class BootToken : public ::testing::Test {
 protected:
  ManualClock clock;
  BootTokens tokens{clock};
};

TEST_F(BootToken, IsTradedOnce) {
  const std::string token = tokens.issue("localhost");
  EXPECT_EQ(tokens.size(), 0u);
  EXPECT_EQ(tokens.trade(token, "localhost", "1"), Trade::kDone);
  EXPECT_EQ(tokens.trade(token, "localhost", "1"), Trade::kRefused);
  EXPECT_EQ(tokens.trade(token, "localhost", "2"), Trade::kRefused);
  EXPECT_EQ(tokens.size(), 1u);
}

TEST_F(BootToken, IsAnotherOneEachTimeAndWorthNothingElsewhere) {
  const std::string token = tokens.issue("localhost");
  EXPECT_NE(token, tokens.issue("localhost"));
  EXPECT_EQ(tokens.trade(token, "acme.localhost", "1"), Trade::kRefused);
  BootTokens restarted(clock);
  EXPECT_EQ(restarted.trade(token, "localhost", "1"), Trade::kRefused);
  EXPECT_EQ(tokens.trade(token, "localhost", "1"), Trade::kDone);
}

TEST_F(BootToken, IsNothingWithOneLetterChanged) {
  const std::string token = tokens.issue("localhost");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(tokens.trade(changed, "localhost", "1"), Trade::kRefused) << i;
  }
  for (const std::string& none : {std::string(), token + "A", token.substr(1), "x" + token}) {
    EXPECT_EQ(tokens.trade(none, "localhost", "1"), Trade::kRefused);
  }
  EXPECT_EQ(tokens.size(), 0u);
}

TEST_F(BootToken, GrowsTooOld) {
  const std::string early = tokens.issue("localhost");
  const std::string late = tokens.issue("localhost");
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(tokens.trade(early, "localhost", "1"), Trade::kDone);
  clock.advance(1ms);
  EXPECT_EQ(tokens.trade(late, "localhost", "1"), Trade::kRefused);
}

TEST_F(BootToken, IsRememberedUntilItCouldNotBeTradedAnyMore) {
  const std::string first = tokens.issue("localhost");
  ASSERT_EQ(tokens.trade(first, "localhost", "1"), Trade::kDone);
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(tokens.trade(first, "localhost", "1"), Trade::kRefused);
  clock.advance(1ms);
  const std::string second = tokens.issue("localhost");
  EXPECT_EQ(tokens.trade(second, "localhost", "1"), Trade::kDone);
  EXPECT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens.trade(first, "localhost", "1"), Trade::kRefused);
}

TEST_F(BootToken, OfAnAccountThatTradesTooManyAreForgottenAndNeverTakenAgain) {
  std::vector<std::string> traded;
  for (std::size_t i = 0; i < BootTokens::kMaxPerAccount + 3; ++i) {
    traded.push_back(tokens.issue("localhost"));
    clock.advance(1ms);
    ASSERT_EQ(tokens.trade(traded.back(), "localhost", "a"), Trade::kDone) << i;
  }
  EXPECT_EQ(tokens.size(), BootTokens::kMaxPerAccount);
  EXPECT_EQ(tokens.replaced().of(Quota::kAccount), 3U);
  for (const std::string& token : traded) {
    EXPECT_EQ(tokens.trade(token, "localhost", "a"), Trade::kRefused);
  }
  // Another account of the tenant, and another tenant, trade on.
  EXPECT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", "b"), Trade::kDone);
  EXPECT_EQ(tokens.trade(tokens.issue("acme.localhost"), "acme.localhost", "a"), Trade::kDone);
  EXPECT_EQ(tokens.trade(traded.back(), "localhost", "b"), Trade::kRefused) << "still remembered";
}

TEST_F(BootToken, ThatIsOlderThanWhatItsAccountHadForgottenIsRefused) {
  const std::string waiting = tokens.issue("localhost");
  const std::string same = tokens.issue("localhost");
  clock.advance(1ms);
  for (std::size_t i = 0; i <= BootTokens::kMaxPerAccount; ++i) {
    ASSERT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", "a"), Trade::kDone);
  }
  EXPECT_EQ(tokens.trade(waiting, "localhost", "a"), Trade::kRefused);
  EXPECT_EQ(tokens.trade(same, "localhost", "b"), Trade::kDone) << "not for anybody else";
}

TEST_F(BootToken, ATenantsNumberIsPaidByTheAccountThatTradedMost) {
  ASSERT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", "quiet"), Trade::kDone);
  const std::size_t accounts = BootTokens::kMaxPerTenant / BootTokens::kMaxPerAccount;
  const std::string first = tokens.issue("localhost");
  ASSERT_EQ(tokens.trade(first, "localhost", "quiet"), Trade::kDone);
  for (std::size_t i = 0; i < accounts; ++i) {
    for (std::size_t n = 0; n < BootTokens::kMaxPerAccount; ++n) {
      ASSERT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", std::to_string(i)),
                Trade::kDone);
    }
  }
  EXPECT_EQ(tokens.size(), BootTokens::kMaxPerTenant);
  EXPECT_EQ(tokens.trade(first, "localhost", "quiet"), Trade::kRefused);
  EXPECT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", "quiet"), Trade::kDone);
  EXPECT_EQ(tokens.replaced().of(Quota::kTenant), 3U);
  clock.advance(BootTokens::kLife);
  EXPECT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", "quiet"), Trade::kDone);
  EXPECT_EQ(tokens.size(), 1u);
}

TEST_F(BootToken, IsTradedOnceByManyThreadsAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const std::string token = tokens.issue("localhost");
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        if (tokens.trade(token, "localhost", std::to_string(i)) == Trade::kDone) ++done;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(done, 1);
  }
}

}  // namespace
}  // namespace portcullis::bff
