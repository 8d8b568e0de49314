#include "domain/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;

class RateLimiterTest : public ::testing::Test {
 protected:
  ManualClock clock;
  RateLimiter limiter{clock};
};

TEST_F(RateLimiterTest, AllowsTheBurstThenTheRate) {
  const RateBudget budget{2, 5};
  for (std::uint64_t i = 0; i < 5; ++i) {
    const RateVerdict verdict = limiter.take("t", "p", budget);
    EXPECT_TRUE(verdict.allowed);
    EXPECT_EQ(verdict.limit, 5U);
    EXPECT_EQ(verdict.remaining, 4 - i);
  }
  const RateVerdict denied = limiter.take("t", "p", budget);
  EXPECT_FALSE(denied.allowed);
  EXPECT_TRUE(denied.limited);
  EXPECT_EQ(denied.retry_after_s, 1U);
  EXPECT_EQ(denied.reset_s, 3U);  // 5 tokens at 2 a second
  clock.advance(500ms);
  EXPECT_TRUE(limiter.take("t", "p", budget).allowed);
  EXPECT_FALSE(limiter.take("t", "p", budget).allowed);
}

TEST_F(RateLimiterTest, WhoWaitsAsLongAsToldGetsThrough) {
  for (const double per_second : {0.1, 0.3, 1.0 / 3, 3.0, 7.0, 50.0}) {
    RateLimiter fresh(clock);
    const RateBudget budget{per_second, 1};
    EXPECT_TRUE(fresh.take("t", "p", budget).allowed);
    for (int i = 0; i < 50; ++i) {
      const RateVerdict denied = fresh.take("t", "p", budget);
      ASSERT_FALSE(denied.allowed);
      clock.advance(std::chrono::seconds(denied.retry_after_s));
      ASSERT_TRUE(fresh.take("t", "p", budget).allowed) << per_second;
    }
  }
}

TEST_F(RateLimiterTest, TellsInWhatTimeAnEmptyBucketFills) {
  EXPECT_EQ(limiter.take("t", "a", {50, 100}).window_s, 2U);
  EXPECT_EQ(limiter.take("t", "b", {3, 10}).window_s, 4U);
  EXPECT_EQ(limiter.take("t", "c", {1000, 1}).window_s, 1U) << "never none";
}

TEST_F(RateLimiterTest, DeniedCallsCostNothing) {
  const RateBudget budget{1, 1};
  EXPECT_TRUE(limiter.take("t", "p", budget).allowed);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limiter.take("t", "p", budget).allowed);
  clock.advance(1s);
  EXPECT_TRUE(limiter.take("t", "p", budget).allowed);
}

TEST_F(RateLimiterTest, KeepsTenantsAndPluginsApart) {
  const RateBudget budget{1, 1};
  EXPECT_TRUE(limiter.take("t", "p", budget).allowed);
  EXPECT_TRUE(limiter.take("t", "q", budget).allowed);
  EXPECT_TRUE(limiter.take("u", "p", budget).allowed);
  EXPECT_TRUE(limiter.take("tp", "", budget).allowed);
  EXPECT_FALSE(limiter.take("t", "p", budget).allowed);
}

TEST_F(RateLimiterTest, NoRateIsNoLimit) {
  for (const double per_second : {0.0, -1.0}) {
    for (int i = 0; i < 1000; ++i) {
      const RateVerdict verdict = limiter.take("t", "p", {per_second, 1});
      EXPECT_TRUE(verdict.allowed);
      EXPECT_FALSE(verdict.limited);
    }
  }
}

TEST_F(RateLimiterTest, AnAccountLeavesHalfToTheOthers) {
  const RateBudget budget{10, 20};
  const auto calls = [&](const char* account, int tries) {
    int allowed = 0;
    for (int i = 0; i < tries; ++i) {
      allowed += limiter.take("t", "p", budget, account).allowed ? 1 : 0;
    }
    return allowed;
  };
  EXPECT_EQ(calls("flood", 100), 20) << "alone it has all of it";
  EXPECT_EQ(calls("quiet", 1), 0) << "and has just taken it";
  for (int second = 0; second < 20; ++second) {
    clock.advance(1s);
    EXPECT_LE(calls("flood", 100), 6) << second;
    EXPECT_EQ(calls("quiet", 4), 4) << second;
  }
  const RateVerdict refused = limiter.take("t", "p", budget, "flood");
  EXPECT_FALSE(refused.allowed);
  EXPECT_GE(refused.retry_after_s, 1U);
  clock.advance(RateLimiter::kPresent);
  EXPECT_EQ(calls("flood", 100), 20) << "the other one has gone";
}

TEST_F(RateLimiterTest, KnowsABoundedNumberOfAccounts) {
  const RateBudget budget{1000, 1e6};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(limiter.take("t", "p", budget, "account" + std::to_string(i)).allowed);
  }
}

TEST_F(RateLimiterTest, FollowsAReloadedRate) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limiter.take("t", "p", {1, 10}).allowed);
  EXPECT_FALSE(limiter.take("t", "p", {1, 10}).allowed);
  clock.advance(100s);
  EXPECT_EQ(limiter.take("t", "p", {1, 2}).remaining, 1U);
}

TEST_F(RateLimiterTest, ForgetsBucketsThatAreFull) {
  (void)limiter.take("t", "p", {1, 2});
  (void)limiter.take("t", "q", {1, 100});
  EXPECT_EQ(limiter.sweep(), 2U);
  clock.advance(1s);
  EXPECT_EQ(limiter.sweep(), 0U);
}

TEST_F(RateLimiterTest, NeverLetsThreadsTakeMoreThanThereIs) {
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        if (limiter.take("t", "p", {1, 100}).allowed) ++allowed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(allowed.load(), 100);
}

}  // namespace
}  // namespace portcullis::bff
