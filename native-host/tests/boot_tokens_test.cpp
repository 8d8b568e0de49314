#include "state/boot_tokens.hpp"

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
  EXPECT_EQ(tokens.trade(token, "localhost", 1), Trade::kDone);
  EXPECT_EQ(tokens.trade(token, "localhost", 1), Trade::kRefused);
  EXPECT_EQ(tokens.trade(token, "localhost", 2), Trade::kRefused);
  EXPECT_EQ(tokens.size(), 1u);
}

TEST_F(BootToken, IsAnotherOneEachTimeAndWorthNothingElsewhere) {
  const std::string token = tokens.issue("localhost");
  EXPECT_NE(token, tokens.issue("localhost"));
  EXPECT_EQ(tokens.trade(token, "acme.localhost", 1), Trade::kRefused);
  BootTokens restarted(clock);
  EXPECT_EQ(restarted.trade(token, "localhost", 1), Trade::kRefused);
  EXPECT_EQ(tokens.trade(token, "localhost", 1), Trade::kDone);
}

TEST_F(BootToken, IsNothingWithOneLetterChanged) {
  const std::string token = tokens.issue("localhost");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(tokens.trade(changed, "localhost", 1), Trade::kRefused) << i;
  }
  for (const std::string& none : {std::string(), token + "A", token.substr(1), "x" + token}) {
    EXPECT_EQ(tokens.trade(none, "localhost", 1), Trade::kRefused);
  }
  EXPECT_EQ(tokens.size(), 0u);
}

TEST_F(BootToken, GrowsTooOld) {
  const std::string early = tokens.issue("localhost");
  const std::string late = tokens.issue("localhost");
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(tokens.trade(early, "localhost", 1), Trade::kDone);
  clock.advance(1ms);
  EXPECT_EQ(tokens.trade(late, "localhost", 1), Trade::kRefused);
}

TEST_F(BootToken, IsRememberedUntilItCouldNotBeTradedAnyMore) {
  const std::string first = tokens.issue("localhost");
  ASSERT_EQ(tokens.trade(first, "localhost", 1), Trade::kDone);
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(tokens.trade(first, "localhost", 1), Trade::kRefused);
  clock.advance(1ms);
  const std::string second = tokens.issue("localhost");
  EXPECT_EQ(tokens.trade(second, "localhost", 1), Trade::kDone);
  EXPECT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens.trade(first, "localhost", 1), Trade::kRefused);
}

TEST_F(BootToken, IsRefusedWhenItsSessionTradedTooMany) {
  for (std::size_t i = 0; i < BootTokens::kMaxTradedPerSession; ++i) {
    ASSERT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", 1), Trade::kDone);
  }
  const std::string one_more = tokens.issue("localhost");
  EXPECT_EQ(tokens.trade(one_more, "localhost", 1), Trade::kFull);
  EXPECT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", 2), Trade::kDone);
  // It was not used up; a moment later there is room again.
  clock.advance(BootTokens::kLife - 1ms);
  EXPECT_EQ(tokens.trade(one_more, "localhost", 1), Trade::kFull);
  clock.advance(1ms);
  EXPECT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", 1), Trade::kDone);
}

TEST_F(BootToken, IsRefusedWhenTooManyWereTradedInAll) {
  std::uint64_t session = 0;
  for (std::size_t i = 0; i < BootTokens::kMaxTraded; ++i) {
    if (i % BootTokens::kMaxTradedPerSession == 0) ++session;
    ASSERT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", session), Trade::kDone);
  }
  EXPECT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", ++session), Trade::kFull);
  EXPECT_EQ(tokens.size(), BootTokens::kMaxTraded);
  clock.advance(BootTokens::kLife);
  EXPECT_EQ(tokens.trade(tokens.issue("localhost"), "localhost", session), Trade::kDone);
  EXPECT_EQ(tokens.size(), 1u);
}

TEST_F(BootToken, IsTradedOnceByManyThreadsAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const std::string token = tokens.issue("localhost");
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        if (tokens.trade(token, "localhost", i) == Trade::kDone) ++done;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(done, 1);
  }
}

}  // namespace
}  // namespace portcullis::bff
