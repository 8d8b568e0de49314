// The contract of domain/rate_limiter.hpp, for every store of rates.

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

class Rates : public ::testing::TestWithParam<Stores> {
 protected:
  std::unique_ptr<RateLimiter> make() const {
    if (GetParam() == Stores::kAwaited) {
      return std::make_unique<testing::AwaitedRateLimiter>(
          std::make_unique<MemoryRateLimiter>(clock));
    }
    return std::make_unique<MemoryRateLimiter>(clock);
  }

  ManualClock clock;
  const std::unique_ptr<RateLimiter> made = make();
  RateLimiter& limiter = *made;
};
INSTANTIATE_TEST_SUITE_P(Of, Rates, ::testing::Values(Stores::kAtHand, Stores::kAwaited),
                         testing::stores_name);

TEST_P(Rates, AllowsTheBurstThenTheRate) {
  const RateBudget budget{2, 5};
  for (std::uint64_t i = 0; i < 5; ++i) {
    const RateVerdict verdict = settled(limiter.take("t", "p", budget));
    EXPECT_TRUE(verdict.allowed);
    EXPECT_EQ(verdict.limit, 5U);
    EXPECT_EQ(verdict.remaining, 4 - i);
  }
  const RateVerdict denied = settled(limiter.take("t", "p", budget));
  EXPECT_FALSE(denied.allowed);
  EXPECT_TRUE(denied.limited);
  EXPECT_EQ(denied.retry_after_s, 1U);
  EXPECT_EQ(denied.reset_s, 3U);  // 5 tokens at 2 per second
  clock.advance(500ms);
  EXPECT_TRUE(settled(limiter.take("t", "p", budget)).allowed);
  EXPECT_FALSE(settled(limiter.take("t", "p", budget)).allowed);
}

TEST_P(Rates, LetACallThroughAfterTheToldWait) {
  for (const double per_second : {0.1, 0.3, 1.0 / 3, 3.0, 7.0, 50.0}) {
    const auto fresh = make();
    const RateBudget budget{per_second, 1};
    EXPECT_TRUE(settled(fresh->take("t", "p", budget)).allowed);
    for (int i = 0; i < 50; ++i) {
      const RateVerdict denied = settled(fresh->take("t", "p", budget));
      ASSERT_FALSE(denied.allowed);
      clock.advance(std::chrono::seconds(denied.retry_after_s));
      ASSERT_TRUE(settled(fresh->take("t", "p", budget)).allowed) << per_second;
    }
  }
}

TEST_P(Rates, ReportsTheTimeToFillAnEmptyBucket) {
  EXPECT_EQ(settled(limiter.take("t", "a", {50, 100})).window_s, 2U);
  EXPECT_EQ(settled(limiter.take("t", "b", {3, 10})).window_s, 4U);
  EXPECT_EQ(settled(limiter.take("t", "c", {1000, 1})).window_s, 1U) << "never none";
}

TEST_P(Rates, DeniedCallsCostNothing) {
  const RateBudget budget{1, 1};
  EXPECT_TRUE(settled(limiter.take("t", "p", budget)).allowed);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(settled(limiter.take("t", "p", budget)).allowed);
  clock.advance(1s);
  EXPECT_TRUE(settled(limiter.take("t", "p", budget)).allowed);
}

TEST_P(Rates, SeparatesTenantsAndPlugins) {
  const RateBudget budget{1, 1};
  EXPECT_TRUE(settled(limiter.take("t", "p", budget)).allowed);
  EXPECT_TRUE(settled(limiter.take("t", "q", budget)).allowed);
  EXPECT_TRUE(settled(limiter.take("u", "p", budget)).allowed);
  EXPECT_TRUE(settled(limiter.take("tp", "", budget)).allowed);
  EXPECT_FALSE(settled(limiter.take("t", "p", budget)).allowed);
}

TEST_P(Rates, IsUnlimitedWithoutARate) {
  for (const double per_second : {0.0, -1.0}) {
    for (int i = 0; i < 1000; ++i) {
      const RateVerdict verdict = settled(limiter.take("t", "p", {per_second, 1}));
      EXPECT_TRUE(verdict.allowed);
      EXPECT_FALSE(verdict.limited);
    }
  }
}

TEST_P(Rates, AnAccountLeavesHalfToOthers) {
  const RateBudget budget{10, 20};
  const auto calls = [&](const char* account, int tries) {
    int allowed = 0;
    for (int i = 0; i < tries; ++i) {
      allowed += settled(limiter.take("t", "p", budget, account)).allowed ? 1 : 0;
    }
    return allowed;
  };
  EXPECT_EQ(calls("flood", 100), 20) << "alone it gets the whole rate";
  EXPECT_EQ(calls("quiet", 1), 0) << "which is now used up";
  for (int second = 0; second < 20; ++second) {
    clock.advance(1s);
    EXPECT_LE(calls("flood", 100), 6) << second;
    EXPECT_EQ(calls("quiet", 4), 4) << second;
  }
  const RateVerdict refused = settled(limiter.take("t", "p", budget, "flood"));
  EXPECT_FALSE(refused.allowed);
  EXPECT_GE(refused.retry_after_s, 1U);
  clock.advance(RateLimiter::kPresent);
  EXPECT_EQ(calls("flood", 100), 20) << "the other account is idle";
}

TEST_P(Rates, BoundsTheNumberOfAccounts) {
  const RateBudget budget{1000, 1e6};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(settled(limiter.take("t", "p", budget, "account" + std::to_string(i))).allowed);
  }
}

TEST_P(Rates, FollowsAReloadedRate) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(settled(limiter.take("t", "p", {1, 10})).allowed);
  EXPECT_FALSE(settled(limiter.take("t", "p", {1, 10})).allowed);
  clock.advance(100s);
  EXPECT_EQ(settled(limiter.take("t", "p", {1, 2})).remaining, 1U);
}

TEST_P(Rates, ForgetsFullBuckets) {
  (void)settled(limiter.take("t", "p", {1, 2}));
  (void)settled(limiter.take("t", "q", {1, 100}));
  EXPECT_EQ(limiter.sweep(), 2U);
  clock.advance(1s);
  EXPECT_EQ(limiter.sweep(), 0U);
}

TEST_P(Rates, IsThreadSafe) {
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        if (settled(limiter.take("t", "p", {1, 100})).allowed) ++allowed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(allowed.load(), 100);
}

}  // namespace
}  // namespace portcullis::bff
