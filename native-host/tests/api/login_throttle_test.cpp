#include "api/login_throttle.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

class LoginThrottleTest : public ::testing::Test {
 protected:
  void fail(unsigned times, const std::string& user, const std::string& ip) {
    for (unsigned i = 0; i < times; ++i) throttle_.failed("t", user, ip);
  }
  ManualClock clock_;
  LoginThrottle throttle_{clock_};
};

TEST_F(LoginThrottleTest, LimitsGuessesForOneAccount) {
  fail(LoginThrottle::kFailuresPerAccount - 1, "a", "1.1.1.1");
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 0U);
  fail(1, "a", "1.1.1.1");
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 60U);
  EXPECT_EQ(throttle_.wait_s("other", "a", "1.1.1.1"), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "b", "1.1.1.1"), 0U);
  clock_.advance(LoginThrottle::kWindow);
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 0U);
}

TEST_F(LoginThrottleTest, OtherAddressesAreNotBlocked) {
  fail(10 * LoginThrottle::kFailuresPerAddress, "a", "6.6.6.6");
  EXPECT_GT(throttle_.wait_s("t", "a", "6.6.6.6"), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 0U);
}

TEST_F(LoginThrottleTest, AnIpv6NetworkCountsAsOneAddress) {
  fail(LoginThrottle::kFailuresPerAccount, "a", "2001:db8::1");
  EXPECT_GT(throttle_.wait_s("t", "a", "2001:db8::ffff:2"), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "a", "2001:db8:0:1::1"), 0U);
}

TEST_F(LoginThrottleTest, LimitsOneAddressAcrossAccounts) {
  for (unsigned i = 0; i < LoginThrottle::kFailuresPerAddress; ++i) {
    fail(1, "user" + std::to_string(i), "1.1.1.1");
  }
  EXPECT_GT(throttle_.wait_s("t", "anybody", "1.1.1.1"), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "anybody", "2.2.2.2"), 0U);
}

TEST_F(LoginThrottleTest, ResetsTheAccountOnSuccess) {
  fail(LoginThrottle::kFailuresPerAccount, "a", "1.1.1.1");
  throttle_.succeeded("t", "a", "1.1.1.1");
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 0U);
}

TEST_F(LoginThrottleTest, NetworksOfOneSiteShareALimit) {
  const auto from = [](unsigned n) { return "2001:db8:7:" + std::to_string(n) + "::1"; };
  for (unsigned n = 0; n < LoginThrottle::kFailuresPerAccountAtSite; ++n) fail(1, "a", from(n));
  EXPECT_GT(throttle_.wait_s("t", "a", from(9999)), 0U) << "one account, from any network";
  EXPECT_EQ(throttle_.wait_s("t", "b", from(9999)), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "a", "2001:db8:8::1"), 0U) << "another site";
  for (unsigned n = 0; n < LoginThrottle::kFailuresPerSite; ++n) {
    fail(1, "user" + std::to_string(n), from(n));
  }
  EXPECT_GT(throttle_.wait_s("t", "b", from(9999)), 0U);
}

TEST_F(LoginThrottleTest, ASiteDisplacesOnlyItsOwnEntries) {
  fail(LoginThrottle::kFailuresPerAccount, "a", "6.6.6.6");
  fail(LoginThrottle::kFailuresPerAccount, "a", "2001:db8:9::1");
  for (unsigned n = 0; n < 40'000; ++n) {
    std::array<char, 48> ip{};
    std::snprintf(ip.data(), ip.size(), "2001:db8:7:%x::1", n);
    fail(1, std::to_string(n), ip.data());
  }
  EXPECT_GT(throttle_.wait_s("t", "a", "6.6.6.6"), 0U);
  EXPECT_GT(throttle_.wait_s("t", "a", "2001:db8:9::1"), 0U);
  EXPECT_LE(throttle_.size(), 2 * LoginThrottle::kMaxPerSite + 8);
}

TEST_F(LoginThrottleTest, IsBounded) {
  fail(LoginThrottle::kFailuresPerAccount, "a", "6.6.6.6");
  for (std::size_t i = 0; i < LoginThrottle::kMaxCounts; ++i) {
    fail(1, "u",
         std::to_string(i >> 16) + ".1." + std::to_string(i >> 8 & 255) + "." +
             std::to_string(i & 255));
  }
  EXPECT_LE(throttle_.size(), LoginThrottle::kMaxCounts);
  clock_.advance(LoginThrottle::kWindow);
  fail(1, "a", "1.1.1.1");
  EXPECT_EQ(throttle_.size(), 2U) << "expired entries are dropped";
}

}  // namespace
}  // namespace portcullis::bff
