#include "upstream/upstream_url.hpp"

#include <gtest/gtest.h>

namespace portcullis::bff {
namespace {

TEST(UpstreamUrl, ReadsSchemeHostPortAndBasePath) {
  const struct {
    const char* url;
    bool tls;
    const char* host;
    int port;
    const char* base;
    const char* authority;
    const char* key;
  } rows[] = {
      {"http://127.0.0.1:9001", false, "127.0.0.1", 9001, "", "127.0.0.1:9001",
       "http://127.0.0.1:9001"},
      {"http://sales", false, "sales", 80, "", "sales", "http://sales:80"},
      {"HTTP://sales:80/", false, "sales", 80, "", "sales", "http://sales:80"},
      {"https://api.example.com", true, "api.example.com", 443, "", "api.example.com",
       "https://api.example.com:443"},
      {"https://api.example.com:8443/base/v1/", true, "api.example.com", 8443, "/base/v1",
       "api.example.com:8443", "https://api.example.com:8443"},
      // Not the address at its beginning.
      {"http://127.0.0.1.example.com:9001/x", false, "127.0.0.1.example.com", 9001, "/x",
       "127.0.0.1.example.com:9001", "http://127.0.0.1.example.com:9001"},
      {"http://sales:", false, "sales", 80, "", "sales", "http://sales:80"},
      {"http://[::1]:9001", false, "::1", 9001, "", "[::1]:9001", "http://[::1]:9001"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_upstream_url("sales", row.url);
    ASSERT_TRUE(std::holds_alternative<UpstreamTarget>(parsed))
        << row.url << ": " << std::get<std::string>(parsed);
    const auto& target = std::get<UpstreamTarget>(parsed);
    EXPECT_EQ(target.tls, row.tls) << row.url;
    EXPECT_EQ(target.host, row.host) << row.url;
    EXPECT_EQ(target.port, row.port) << row.url;
    EXPECT_EQ(target.base_path, row.base) << row.url;
    EXPECT_EQ(target.authority, row.authority) << row.url;
    EXPECT_EQ(target.pool_key, row.key) << row.url;
    EXPECT_EQ(target.name, "sales");
  }
}

TEST(UpstreamUrl, RejectsInvalidUrls) {
  for (const char* url : {"",
                          "sales",
                          "sales:9001",
                          "/api",
                          "//sales",
                          "ftp://sales",
                          "ws://sales",
                          "http://",
                          "http:///x",
                          "http://user:pass@sales",
                          "http://user@sales",
                          "http://sales?x=1",
                          "http://sales#x",
                          "http://sales:0",
                          "http://sales:65536",
                          "http://sales:99999999",
                          "http://sales:80x",
                          "http://sales:x",
                          "http://sales:80:81/x",
                          "http://[::1]x",
                          "http://[1.2.3.4]",
                          "http://[fe80::1%25eth0]",
                          "http://a@b@sales",
                          "http://sales/[x]",
                          "http://sales/%zz",
                          "http://sales/a/../b",
                          "http://sales/./b",
                          "http://sales/a//b",
                          "http://sales/%2e%2e/b",
                          "http://sa les",
                          "http://sales\r\nX: y",
                          "http://s%0aales",
                          "http://[v1.x]/",
                          "http://[::1"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_upstream_url("sales", url))) << url;
  }
}

TEST(UpstreamUrl, UnverifiedConnectionsArePooledApart) {
  UpstreamTarget target;
  target.tls = true;
  target.host = "sales";
  target.port = 443;
  complete(target);
  const std::string verified = target.pool_key;
  target.verify_tls = false;
  complete(target);
  EXPECT_NE(target.pool_key, verified);
}

}  // namespace
}  // namespace portcullis::bff
