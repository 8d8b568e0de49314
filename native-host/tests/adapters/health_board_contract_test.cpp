// The contract of domain/health.hpp, for every store of health.

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "judge_bench.hpp"
#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::settled;
using testing::Stores;

class Health : public ::testing::TestWithParam<Stores> {
 protected:
  std::unique_ptr<HealthBoard> make() const {
    if (GetParam() == Stores::kAwaited)
      return std::make_unique<testing::AwaitedHealth>(std::make_unique<MemoryHealth>(clock));
    return std::make_unique<MemoryHealth>(clock);
  }

  ManualClock clock;
  const std::unique_ptr<HealthBoard> made = make();
  HealthBoard& board = *made;
};
INSTANTIATE_TEST_SUITE_P(Of, Health, ::testing::Values(Stores::kAtHand, Stores::kAwaited),
                         testing::stores_name);

TEST_P(Health, IsAllZeroForAPluginThatWasNeverCalled) {
  const HealthReport report = settled(board.report("t", "p"));
  EXPECT_EQ(report.calls, 0U);
  EXPECT_FALSE(report.p50_ms);
  EXPECT_FALSE(report.last_active);
}

TEST_P(Health, CountsErrorsAndDenialsApart) {
  board.record("t", "p", 200, 1ms);
  board.record("t", "p", 404, 1ms);
  board.record("t", "p", 502, 1ms);
  board.record_denial("t", "p");
  board.record("u", "p", 200, 1ms);
  const HealthReport report = settled(board.report("t", "p"));
  EXPECT_EQ(report.calls, 4U);
  EXPECT_EQ(report.errors, 2U);
  EXPECT_EQ(report.denials, 1U);
  EXPECT_EQ(report.last_active, clock.wall());
}

TEST_P(Health, PercentilesAreAtMostAnEighthTooHigh) {
  for (int i = 1; i <= 100; ++i) board.record("t", "p", 200, std::chrono::milliseconds(i));
  const HealthReport report = settled(board.report("t", "p"));
  ASSERT_TRUE(report.p50_ms && report.p95_ms);
  EXPECT_GE(*report.p50_ms, 50.0);
  EXPECT_LE(*report.p50_ms, 50.0 * 1.125 + 0.001);
  EXPECT_GE(*report.p95_ms, 95.0);
  EXPECT_LE(*report.p95_ms, 95.0 * 1.125 + 0.001);
}

TEST_P(Health, EveryLatencyFallsIntoABucketOfItsSize) {
  for (std::int64_t micros = 0; micros < (1LL << 36); micros = micros * 5 / 3 + 1) {
    const auto fresh = make();
    fresh->record("t", "p", 200, std::chrono::microseconds(micros));
    const double p50 = settled(fresh->report("t", "p")).p50_ms.value();
    const double exact = static_cast<double>(micros) / 1000.0;
    EXPECT_GE(p50, exact) << micros;
    EXPECT_LE(p50, exact * 1.125 + 0.001) << micros;
  }
  board.record("t", "p", 200, std::chrono::hours(1000));
  board.record("t", "p", 200, -1ms);
  EXPECT_EQ(settled(board.report("t", "p")).calls, 2U);
}

TEST_P(Health, ForgetsDataOlderThanADay) {
  board.record("t", "p", 500, 1s);
  clock.advance(23h);
  board.record("t", "p", 200, 1ms);
  EXPECT_EQ(settled(board.report("t", "p")).calls, 2U);
  clock.advance(2h);
  const HealthReport report = settled(board.report("t", "p"));
  EXPECT_EQ(report.calls, 1U);
  EXPECT_EQ(report.errors, 0U);
  EXPECT_LT(*report.p95_ms, 2.0);
  clock.advance(1000h);
  EXPECT_EQ(settled(board.report("t", "p")).calls, 0U);
  EXPECT_TRUE(settled(board.report("t", "p")).last_active);
}

TEST_P(Health, ReusesItsSlots) {
  for (int hour = 0; hour < 100; ++hour) {
    board.record("t", "p", 200, 1ms);
    clock.advance(1h);
  }
  const std::uint64_t calls = settled(board.report("t", "p")).calls;
  EXPECT_GE(calls, 24U);
  EXPECT_LE(calls, 25U);
}

TEST_P(Health, IsThreadSafe) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        board.record("t", t % 2 == 0 ? "p" : "q", 200, 1ms);
        (void)settled(board.report("t", "p"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(settled(board.report("t", "p")).calls, 600U);
  EXPECT_EQ(settled(board.report("t", "q")).calls, 600U);
}

}  // namespace
}  // namespace portcullis::bff
