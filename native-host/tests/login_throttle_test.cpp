#include "handlers/login_throttle.hpp"

#include <gtest/gtest.h>

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

TEST_F(LoginThrottleTest, SlowsGuessingOnOneAccount) {
  fail(LoginThrottle::kFailuresPerAccount - 1, "a", "1.1.1.1");
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 0U);
  fail(1, "a", "1.1.1.1");
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 60U);
  EXPECT_EQ(throttle_.wait_s("other", "a", "1.1.1.1"), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "b", "1.1.1.1"), 0U);
  clock_.advance(LoginThrottle::kWindow);
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 0U);
}

TEST_F(LoginThrottleTest, NobodyElseIsLockedOut) {
  fail(10 * LoginThrottle::kFailuresPerAddress, "a", "6.6.6.6");
  EXPECT_GT(throttle_.wait_s("t", "a", "6.6.6.6"), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 0U);
}

TEST_F(LoginThrottleTest, OneNetworkOfIpv6IsOneAddress) {
  fail(LoginThrottle::kFailuresPerAccount, "a", "2001:db8::1");
  EXPECT_GT(throttle_.wait_s("t", "a", "2001:db8::ffff:2"), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "a", "2001:db8:0:1::1"), 0U);
}

TEST_F(LoginThrottleTest, SlowsOneAddressThatTriesManyAccounts) {
  for (unsigned i = 0; i < LoginThrottle::kFailuresPerAddress; ++i) {
    fail(1, "user" + std::to_string(i), "1.1.1.1");
  }
  EXPECT_GT(throttle_.wait_s("t", "anybody", "1.1.1.1"), 0U);
  EXPECT_EQ(throttle_.wait_s("t", "anybody", "2.2.2.2"), 0U);
}

TEST_F(LoginThrottleTest, ForgivesWhoGetsItRight) {
  fail(LoginThrottle::kFailuresPerAccount, "a", "1.1.1.1");
  throttle_.succeeded("t", "a", "1.1.1.1");
  EXPECT_EQ(throttle_.wait_s("t", "a", "1.1.1.1"), 0U);
}

TEST_F(LoginThrottleTest, DoesNotGrowWithoutEnd) {
  for (std::size_t i = 0; i < 3 * LoginThrottle::kMaxKeys; ++i) {
    fail(1, std::to_string(i), std::to_string(i));
  }
  EXPECT_EQ(throttle_.wait_s("t", "x", "y"), 0U);
}

}  // namespace
}  // namespace portcullis::bff
