#include "base/ip_address.hpp"

#include <gtest/gtest.h>

namespace portcullis::bff {
namespace {

TEST(IpAddress, HasOneNormalForm) {
  EXPECT_EQ(normalize_ip("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(normalize_ip("::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(normalize_ip("0:0:0:0:0:FFFF:cb00:7107"), "203.0.113.7");
  EXPECT_EQ(normalize_ip("2001:DB8:0:0::7"), "2001:db8::7");
  EXPECT_EQ(normalize_ip("fe80::1%eth0"), "fe80::1");
  EXPECT_EQ(normalize_ip("fe80::1%25eth0"), "fe80::1");
  EXPECT_EQ(normalize_ip("64:ff9b::203.0.113.7"), "64:ff9b::cb00:7107") << "NAT64 stays IPv6";
  for (const std::string text :
       {"", "unknown", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4%eth0", "fe80::1%",
        ":::", "1::2::3", "::ffff:1.2.3.4:80", "[::1]", "1.2.3.4 ", "0x7f.1"}) {
    EXPECT_FALSE(normalize_ip(text)) << text;
  }
  EXPECT_FALSE(normalize_ip(std::string("1.2.3.4\0", 8)));
}

TEST(IpAddress, IsCountedByNetwork) {
  EXPECT_EQ(network_of("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
  EXPECT_EQ(site_of("2001:db8:1:2:3::4"), "2001:db8:1::/48");
  EXPECT_EQ(site_of("203.0.113.7"), "203.0.113.7");
  // If all clients share the first 64 bits, the part that distinguishes them.
  EXPECT_EQ(network_of("64:ff9b::203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(network_of("::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(network_of("2002:cb00:7107:1::1"), "203.0.113.7");
  EXPECT_NE(network_of("2001:0:4136:e378::1"), network_of("2001:0:4136:e378::2"));
  EXPECT_EQ(network_of("unknown"), "unknown");
}

}  // namespace
}  // namespace portcullis::bff
