#include "domain/health.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;

class Health : public ::testing::Test {
 protected:
  ManualClock clock;
  HealthBoard board{clock};
};

TEST_F(Health, IsAllZeroForAPluginThatWasNeverCalled) {
  const HealthReport report = board.report("t", "p");
  EXPECT_EQ(report.calls, 0U);
  EXPECT_FALSE(report.p50_ms);
  EXPECT_FALSE(report.last_active);
}

TEST_F(Health, CountsErrorsAndDenialsApart) {
  board.record("t", "p", 200, 1ms);
  board.record("t", "p", 404, 1ms);
  board.record("t", "p", 502, 1ms);
  board.record_denial("t", "p");
  board.record("u", "p", 200, 1ms);
  const HealthReport report = board.report("t", "p");
  EXPECT_EQ(report.calls, 4U);
  EXPECT_EQ(report.errors, 2U);
  EXPECT_EQ(report.denials, 1U);
  EXPECT_EQ(report.last_active, clock.wall());
}

TEST_F(Health, PercentilesAreAtMostAnEighthTooHigh) {
  for (int i = 1; i <= 100; ++i) board.record("t", "p", 200, std::chrono::milliseconds(i));
  const HealthReport report = board.report("t", "p");
  ASSERT_TRUE(report.p50_ms && report.p95_ms);
  EXPECT_GE(*report.p50_ms, 50.0);
  EXPECT_LE(*report.p50_ms, 50.0 * 1.125 + 0.001);
  EXPECT_GE(*report.p95_ms, 95.0);
  EXPECT_LE(*report.p95_ms, 95.0 * 1.125 + 0.001);
}

TEST_F(Health, EveryLatencyFallsIntoABucketOfItsSize) {
  for (std::int64_t micros = 0; micros < (1LL << 36); micros = micros * 5 / 3 + 1) {
    HealthBoard fresh(clock);
    fresh.record("t", "p", 200, std::chrono::microseconds(micros));
    const double p50 = fresh.report("t", "p").p50_ms.value();
    const double exact = static_cast<double>(micros) / 1000.0;
    EXPECT_GE(p50, exact) << micros;
    EXPECT_LE(p50, exact * 1.125 + 0.001) << micros;
  }
  board.record("t", "p", 200, std::chrono::hours(1000));
  board.record("t", "p", 200, -1ms);
  EXPECT_EQ(board.report("t", "p").calls, 2U);
}

TEST_F(Health, ForgetsWhatIsOlderThanADay) {
  board.record("t", "p", 500, 1s);
  clock.advance(23h);
  board.record("t", "p", 200, 1ms);
  EXPECT_EQ(board.report("t", "p").calls, 2U);
  clock.advance(2h);
  const HealthReport report = board.report("t", "p");
  EXPECT_EQ(report.calls, 1U);
  EXPECT_EQ(report.errors, 0U);
  EXPECT_LT(*report.p95_ms, 2.0);
  clock.advance(1000h);
  EXPECT_EQ(board.report("t", "p").calls, 0U);
  EXPECT_TRUE(board.report("t", "p").last_active);
}

TEST_F(Health, ReusesItsSlots) {
  for (int hour = 0; hour < 100; ++hour) {
    board.record("t", "p", 200, 1ms);
    clock.advance(1h);
  }
  const std::uint64_t calls = board.report("t", "p").calls;
  EXPECT_GE(calls, 24U);
  EXPECT_LE(calls, 25U);
}

TEST_F(Health, IsSharedByThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        board.record("t", t % 2 == 0 ? "p" : "q", 200, 1ms);
        (void)board.report("t", "p");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(board.report("t", "p").calls, 600U);
  EXPECT_EQ(board.report("t", "q").calls, 600U);
}

}  // namespace
}  // namespace portcullis::bff
