#include "base/cidr.hpp"

#include <gtest/gtest.h>

#include <string>

namespace portcullis::bff {
namespace {

bool in(std::string_view range, std::string_view address) {
  const auto cidr = Cidr::parse(range);
  EXPECT_TRUE(cidr) << range;
  return cidr && cidr->contains(address);
}

TEST(Cidr, MatchesItsPrefix) {
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(in("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(in("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(in("192.168.128.0/17", "192.168.200.1"));
  EXPECT_FALSE(in("192.168.128.0/17", "192.168.127.255"));
  EXPECT_TRUE(in("2001:db8::/32", "2001:db8:1::1"));
  EXPECT_FALSE(in("2001:db8::/32", "2001:db9::1"));
  EXPECT_TRUE(in("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(in("0.0.0.0/0", "::1"));
}

TEST(Cidr, TreatsMappedAddressesAsIpv4) {
  EXPECT_TRUE(in("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(in("::ffff:10.0.0.0/104", "10.1.2.3"));
}

TEST(Cidr, RejectsInvalidRanges) {
  for (const std::string text : {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "::/129", "a",
                                 "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1", "fe80::1%eth0"}) {
    EXPECT_FALSE(Cidr::parse(text)) << text;
  }
  EXPECT_FALSE(in("10.0.0.0/8", "not an address"));
}

}  // namespace
}  // namespace portcullis::bff
