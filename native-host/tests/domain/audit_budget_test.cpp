#include "domain/audit_budget.hpp"

#include <gtest/gtest.h>

#include <array>

#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using Verdict = AuditBudget::Verdict;

class AuditBudgetTest : public ::testing::Test {
 protected:
  static Verdict take(AuditBudget& budget, std::string a, std::string b = {}) {
    const std::array<std::string, 2> sources{std::move(a), std::move(b)};
    return budget.take(sources);
  }
  ManualClock clock;
};

TEST_F(AuditBudgetTest, ASourceHasABurstOfFiveSeconds) {
  AuditBudget budget(clock, {.per_second = 1000, .per_address_per_second = 4});
  int written = 0;
  for (int i = 0; i < 100; ++i) written += take(budget, "a") == Verdict::kWrite ? 1 : 0;
  EXPECT_EQ(written, 20);
  EXPECT_EQ(take(budget, "a"), Verdict::kOverShare);
  EXPECT_EQ(take(budget, "b"), Verdict::kWrite);
  clock.advance(1s);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(take(budget, "a"), Verdict::kWrite);
  EXPECT_EQ(take(budget, "a"), Verdict::kOverShare);
}

TEST_F(AuditBudgetTest, RefusedLinesCostNothing) {
  AuditBudget budget(clock, {.per_second = 30, .per_address_per_second = 2});
  for (int i = 0; i < 1000; ++i) (void)take(budget, "a", "shared");
  EXPECT_EQ(take(budget, "b", "shared"), Verdict::kOverShare);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(take(budget, "b"), Verdict::kWrite) << i;
  EXPECT_EQ(take(budget, "b"), Verdict::kOverShare);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(take(budget, "c"), Verdict::kWrite) << i;
  EXPECT_EQ(take(budget, "d"), Verdict::kOverBudget);
}

TEST_F(AuditBudgetTest, ManySourcesDoNotEachGetAFreshShare) {
  AuditBudget budget(clock, {.per_second = 1'000'000, .per_address_per_second = 1});
  std::size_t written = 0;
  for (int i = 0; i < 50'000; ++i) {
    written += take(budget, std::to_string(i)) == Verdict::kWrite ? 1 : 0;
  }
  EXPECT_EQ(budget.sources(), AuditBudget::kMaxSources);
  EXPECT_EQ(written, AuditBudget::kMaxSources + 5);
  EXPECT_EQ(take(budget, "0"), Verdict::kWrite) << "a known source keeps its remaining share";
  clock.advance(10s);
  EXPECT_EQ(take(budget, "new"), Verdict::kWrite);
  EXPECT_EQ(budget.sources(), 1U) << "sources with a full bucket are dropped";
}

TEST_F(AuditBudgetTest, NewRatesApplyImmediately) {
  AuditBudget budget(clock, {.per_second = 1, .per_address_per_second = 1});
  EXPECT_EQ(take(budget, "a"), Verdict::kWrite);
  EXPECT_EQ(take(budget, "a"), Verdict::kOverBudget);
  budget.set_rates({.per_second = 100, .per_address_per_second = 100});
  clock.advance(1s);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(take(budget, "a"), Verdict::kWrite) << i;
}

}  // namespace
}  // namespace portcullis::bff
