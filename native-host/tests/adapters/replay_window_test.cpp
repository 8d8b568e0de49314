#include "adapters/memory/replay_window.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace portcullis::bff {
namespace {

constexpr std::uint64_t kSize = ReplayWindow::kSize;

TEST(ReplayWindow, AcceptsEachCounterOnce) {
  ReplayWindow window;
  for (const std::uint64_t counter : {1, 3, 2, 1000, 999, 4}) EXPECT_TRUE(window.claim(counter));
  for (const std::uint64_t counter : {1, 3, 2, 1000, 999, 4}) EXPECT_FALSE(window.claim(counter));
}

TEST(ReplayWindow, EndsExactlyAtItsSize) {
  ReplayWindow window;
  ASSERT_TRUE(window.claim(5000));
  EXPECT_TRUE(window.claim(5000 - kSize + 1));
  EXPECT_FALSE(window.claim(5000 - kSize));
  ASSERT_TRUE(window.claim(5001));
  EXPECT_FALSE(window.claim(5000 - kSize + 1));
  EXPECT_TRUE(window.claim(5000 - kSize + 2));
}

TEST(ReplayWindow, ResetsAfterAJumpBeyondItsSize) {
  ReplayWindow window;
  ASSERT_TRUE(window.claim(1));
  ASSERT_TRUE(window.claim(1 + kSize));  // the same bit
  EXPECT_FALSE(window.claim(1));
  EXPECT_TRUE(window.claim(2));
  ASSERT_TRUE(window.claim(9'007'199'254'740'991));
  EXPECT_FALSE(window.claim(2));
  EXPECT_TRUE(window.claim(9'007'199'254'740'990));
}

TEST(ReplayWindow, AgreesWithASetOfAllCounters) {
  std::mt19937_64 random(7);
  ReplayWindow window;
  std::set<std::uint64_t> seen;
  std::uint64_t highest = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t low = highest > 2 * kSize ? highest - 2 * kSize : 1;
    const std::uint64_t reach = random() % 50 == 0 ? 3 * kSize : 40;
    const std::uint64_t counter = low + random() % (highest + reach - low + 1);
    const bool fresh = counter > highest || (highest - counter < kSize && !seen.contains(counter));
    ASSERT_EQ(window.claim(counter), fresh) << counter << " after " << highest;
    if (fresh) {
      seen.insert(counter);
      highest = std::max(highest, counter);
    }
  }
}

}  // namespace
}  // namespace portcullis::bff
