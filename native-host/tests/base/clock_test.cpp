#include "base/clock.hpp"

#include <gtest/gtest.h>

#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;

TEST(Clock, WritesAndReadsRfc3339) {
  const ManualClock clock;
  EXPECT_EQ(format_rfc3339(clock.wall()), "2030-01-01T00:00:00.000Z");
  EXPECT_EQ(parse_rfc3339("2030-01-01T00:00:00Z"), clock.wall());
  EXPECT_EQ(format_rfc3339(clock.wall() - 1ms), "2029-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(WallTime{}), "1970-01-01T00:00:00.000Z");
}

TEST(Clock, ParsesEveryRfc3339Form) {
  const struct {
    const char* text;
    const char* same_as;
  } rows[] = {
      {"2030-01-01T02:30:00+02:30", "2030-01-01T00:00:00.000Z"},
      {"2029-12-31T19:00:00-05:00", "2030-01-01T00:00:00.000Z"},
      {"2030-01-01t00:00:00.5z", "2030-01-01T00:00:00.500Z"},
      {"2030-01-01T00:00:00.123456789Z", "2030-01-01T00:00:00.123Z"},
      {"2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"},
      {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"},
      {"9999-12-31T23:59:59Z", "2262-04-11T23:47:16.854Z"},  // the end of the system clock
  };
  for (const auto& row : rows) {
    const auto time = parse_rfc3339(row.text);
    ASSERT_TRUE(time) << row.text;
    EXPECT_EQ(format_rfc3339(*time), row.same_as) << row.text;
  }
}

TEST(Clock, RejectsInvalidDateTimes) {
  for (const char* text :
       {"", "2030-01-01", "2030-01-01T00:00:00", "2030-01-01 00:00:00Z", "2030-02-30T00:00:00Z",
        "2030-13-01T00:00:00Z", "2030-01-01T24:00:00Z", "2030-01-01T00:60:00Z",
        "2030-01-01T00:00:61Z", "2030-01-01T00:00:00.Z", "2030-01-01T00:00:00.5",
        "2030-01-01T00:00:00Zx", "2030-01-01T00:00:00+0200", "2030-01-01T00:00:00+24:00",
        "1969-12-31T23:59:59Z", "+030-01-01T00:00:00Z", "2030-1-01T00:00:00ZZ", "1700000000"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Clock, JumpsOfTheWallDoNotMoveTheSteadyClock) {
  ManualClock clock;
  const SteadyTime before = clock.steady();
  clock.jump_wall(-1h);
  EXPECT_EQ(clock.steady(), before);
  EXPECT_EQ(format_rfc3339(clock.wall()), "2029-12-31T23:00:00.000Z");
  clock.advance(1h);
  EXPECT_EQ(clock.steady() - before, 1h);
}

}  // namespace
}  // namespace portcullis::bff
