#include "http/connection_quota.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace portcullis::bff {
namespace {

TEST(ConnectionQuotaTest, LimitsEachAddressSeparately) {
  ConnectionQuota quota;
  quota.set(2, {});
  std::vector<ConnectionQuota::Slot> held;
  for (int i = 0; i < 2; ++i) held.push_back(*quota.enter("1.1.1.1"));
  EXPECT_FALSE(quota.enter("1.1.1.1"));
  EXPECT_TRUE(quota.enter("2.2.2.2"));
  EXPECT_EQ(quota.refused(), 1U);
  held.pop_back();
  EXPECT_TRUE(quota.enter("1.1.1.1"));
}

TEST(ConnectionQuotaTest, CountsASiteOfIpv6AsOne) {
  ConnectionQuota quota;
  quota.set(1, {});
  const auto first = quota.enter("2001:db8::1");
  EXPECT_FALSE(quota.enter("2001:db8::2"));
  EXPECT_FALSE(quota.enter("2001:db8:0:1::2"));
  EXPECT_TRUE(quota.enter("2001:db8:1::2"));
}

TEST(ConnectionQuotaTest, DoesNotLimitTrustedProxies) {
  ConnectionQuota quota;
  quota.set(1, {*Cidr::parse("10.0.0.0/8")});
  std::vector<ConnectionQuota::Slot> held;
  for (int i = 0; i < 5; ++i) {
    auto slot = quota.enter("10.0.0.1");
    ASSERT_TRUE(slot);
    held.push_back(std::move(*slot));
  }
}

}  // namespace
}  // namespace portcullis::bff
