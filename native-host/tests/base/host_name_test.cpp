#include "base/host_name.hpp"

#include <gtest/gtest.h>

namespace portcullis::bff {
namespace {

TEST(HostName, HasOneNormalForm) {
  struct Row {
    const char* in;
    const char* out;
  };
  for (const Row& row :
       {Row{"localhost", "localhost"}, Row{"LocalHost:8080", "localhost"},
        Row{"acme.localhost.", "acme.localhost"}, Row{"a.b.:80", "a.b"},
        Row{"127.0.0.1:1", "127.0.0.1"}, Row{"[::1]:8080", "[::1]"},
        Row{"[0:0:0:0:0:0:0:1]", "[::1]"}, Row{"xn--bcher-kva.example", "xn--bcher-kva.example"},
        Row{"a_b", "a_b"}}) {
    EXPECT_EQ(normalize_host(row.in).value_or("-"), row.out) << row.in;
  }
}

TEST(HostName, RejectsInvalidHosts) {
  for (const std::string in : {"",
                               ".",
                               "..",
                               "a..b",
                               ".a",
                               "a..",
                               "a b",
                               "a/b",
                               "a@b",
                               "user@host",
                               "a%2eb",
                               "a:b",
                               "a:",
                               "a:65536",
                               "a:080000",
                               "a:1:2",
                               "b\xc3\xbc"
                               "cher",
                               "[::1",
                               "[::1]x",
                               "[::1]:",
                               "[]",
                               "a,b",
                               "a\t",
                               "[v1.x]",
                               "a?b",
                               "a#b",
                               "a\\b"}) {
    EXPECT_FALSE(normalize_host(in)) << in;
  }
  EXPECT_FALSE(normalize_host(std::string("a\0b", 3)));
  EXPECT_FALSE(normalize_host(std::string(254, 'a')));
  EXPECT_TRUE(normalize_host(std::string(253, 'a')));
}

TEST(HostName, HasNoPortInTheConfiguration) {
  EXPECT_EQ(normalize_host_name("A.Test").value_or("-"), "a.test");
  EXPECT_EQ(normalize_host_name("[::1]").value_or("-"), "[::1]");
  for (const std::string in : {"a:80", "[::1]:80", "::1", ""}) {
    EXPECT_FALSE(normalize_host_name(in)) << in;
  }
}

TEST(HostName, DetectsLocalNames) {
  for (const char* host : {"localhost", "acme.localhost", "127.0.0.1"}) {
    EXPECT_TRUE(is_local_name(host)) << host;
  }
  for (const char* host : {"", "notlocalhost", "localhost.example", "127.0.0.2", "example.com"}) {
    EXPECT_FALSE(is_local_name(host)) << host;
  }
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "localhost"}) {
    EXPECT_TRUE(is_loopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "example.com", ""}) {
    EXPECT_FALSE(is_loopback(address)) << address;
  }
}

}  // namespace
}  // namespace portcullis::bff
