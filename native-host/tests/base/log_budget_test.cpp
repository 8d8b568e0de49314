#include "base/log_budget.hpp"

#include <gtest/gtest.h>

#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;

class LogBudgetTest : public ::testing::Test {
 protected:
  /// The number of accepted lines of 1 KiB.
  int lines(const std::string& tenant, const std::string& plugin, const std::string& account,
            int tries = 10'000) {
    int taken = 0;
    for (int i = 0; i < tries; ++i) taken += budget.take(tenant, plugin, account, 1024) ? 1 : 0;
    return taken;
  }
  ManualClock clock;
  LogBudget budget{clock};
};

TEST_F(LogBudgetTest, AnAccountGetsAQuarterOfThePluginsBudget) {
  EXPECT_EQ(lines("t", "p", "a"), 256);
  EXPECT_EQ(lines("t", "p", "b"), 256);
  EXPECT_EQ(lines("t", "p", "c"), 256);
  EXPECT_EQ(lines("t", "p", "d"), 256);
  EXPECT_EQ(lines("t", "p", "e"), 0) << "the plugin's budget is used up";
  EXPECT_EQ(lines("t", "q", "e"), 256) << "another plugin has not";
}

TEST_F(LogBudgetTest, ATenantGetsFourPluginBudgets) {
  int all = 0;
  for (int plugin = 0; plugin < 8; ++plugin) {
    for (int account = 0; account < 4; ++account) {
      all += lines("t", "p" + std::to_string(plugin),
                   std::to_string(plugin) + "-" + std::to_string(account), 1000);
    }
  }
  EXPECT_EQ(all, 4096);
  EXPECT_EQ(lines("u", "p0", "0-0"), 256) << "another tenant is unaffected";
}

TEST_F(LogBudgetTest, RefillsOverTime) {
  lines("t", "p", "a");
  EXPECT_EQ(lines("t", "p", "a"), 0);
  clock.advance(30s);
  EXPECT_NEAR(lines("t", "p", "a"), 128, 1);
  clock.advance(10min);
  EXPECT_EQ(lines("t", "p", "a"), 256);
}

TEST_F(LogBudgetTest, ShortLinesCostTheirFraming) {
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) taken += budget.take("t", "p", "a", 1) ? 1 : 0;
  EXPECT_EQ(taken, 256 * 1024 / static_cast<int>(LogBudget::kLineBytes));
}

TEST_F(LogBudgetTest, ReportsDroppedLinesOnceAMinute) {
  EXPECT_TRUE(budget.sweep().empty());
  lines("t", "p", "a", 300);
  auto dropped = budget.sweep();
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].plugin_id, "p");
  EXPECT_EQ(dropped[0].lines, 44U);
  lines("t", "p", "a", 10);
  EXPECT_TRUE(budget.sweep().empty());
  clock.advance(LogBudget::kTellEvery);
  dropped = budget.sweep();
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].lines, 10U);
  budget.count_dropped("t", "p");
  clock.advance(LogBudget::kTellEvery);
  EXPECT_EQ(budget.sweep().size(), 1U) << "the queue was full";
}

TEST_F(LogBudgetTest, IsConfigurable) {
  budget.set(8 * 1024);
  EXPECT_EQ(lines("t", "p", "a"), 2);
}

}  // namespace
}  // namespace portcullis::bff
