#include "upstream/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  bool goes() { return breakers.wait_s("http://a:1", settings) == 0; }
  BreakerChange fail() {
    return breakers.report("http://a:1", "u", settings, UpstreamOutcome::kUnreachable);
  }
  BreakerChange answer() {
    return breakers.report("http://a:1", "u", settings, UpstreamOutcome::kAnswered);
  }

  ManualClock clock;
  CircuitBreakers breakers{clock};
  const BreakerSettings settings{3, 2500ms};
};

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARow) {
  EXPECT_EQ(fail(), BreakerChange::kNone);
  EXPECT_EQ(fail(), BreakerChange::kNone);
  EXPECT_EQ(answer(), BreakerChange::kNone);  // resets the count
  fail();
  fail();
  EXPECT_TRUE(goes());
  EXPECT_EQ(fail(), BreakerChange::kOpened);
  EXPECT_EQ(breakers.wait_s("http://a:1", settings), 3U);  // 2.5 s, rounded up
  clock.advance(2s);
  EXPECT_EQ(breakers.wait_s("http://a:1", settings), 1U);
}

TEST_F(CircuitBreakerTest, AllowsOneTrialPerIntervalUntilAnAnswer) {
  for (int i = 0; i < 3; ++i) fail();
  clock.advance(2500ms);
  EXPECT_TRUE(goes());
  EXPECT_FALSE(goes());
  EXPECT_EQ(fail(), BreakerChange::kNone);  // it was already open
  EXPECT_FALSE(goes());
  clock.advance(2500ms);
  EXPECT_TRUE(goes());  // a trial that is never reported
  clock.advance(2499ms);
  EXPECT_FALSE(goes());
  clock.advance(1ms);
  EXPECT_TRUE(goes());
  EXPECT_EQ(answer(), BreakerChange::kClosed);
  EXPECT_TRUE(goes());
  EXPECT_TRUE(goes());
  fail();
  EXPECT_TRUE(goes());  // three failures are needed again
}

TEST_F(CircuitBreakerTest, SeparatesUpstreams) {
  for (int i = 0; i < 3; ++i) fail();
  EXPECT_FALSE(goes());
  EXPECT_EQ(breakers.wait_s("http://b:1", settings), 0U);
}

TEST_F(CircuitBreakerTest, UnansweredCallsCountOncePerAccount) {
  const auto slow = [&](const char* who) {
    return breakers.report("http://a:1", who, settings, UpstreamOutcome::kNoAnswer);
  };
  for (int i = 0; i < 100; ++i) EXPECT_EQ(slow("one"), BreakerChange::kNone);
  EXPECT_TRUE(goes());
  EXPECT_EQ(slow("two"), BreakerChange::kNone);
  EXPECT_EQ(answer(), BreakerChange::kNone);  // resets the count
  slow("one");
  slow("two");
  EXPECT_TRUE(goes());
  EXPECT_EQ(slow("three"), BreakerChange::kOpened);
  EXPECT_FALSE(goes());
}

TEST_F(CircuitBreakerTest, IsDisabledByZeroFailures) {
  const BreakerSettings off{0, 1s};
  for (int i = 0; i < 100; ++i)
    breakers.report("http://a:1", "u", off, UpstreamOutcome::kUnreachable);
  EXPECT_EQ(breakers.wait_s("http://a:1", off), 0U);
  for (int i = 0; i < 3; ++i) fail();
  EXPECT_FALSE(goes());
  EXPECT_EQ(breakers.wait_s("http://a:1", off), 0U);  // disabled by a reload
}

TEST_F(CircuitBreakerTest, AllowsOneTrialAcrossThreads) {
  for (int i = 0; i < 3; ++i) fail();
  clock.advance(3s);
  std::atomic<int> went{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) went += goes() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(went, 1);
}

}  // namespace
}  // namespace portcullis::bff
