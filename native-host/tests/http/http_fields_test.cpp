// Parsers of single header fields: cookies, Accept-Encoding, If-None-Match, Origin, media type,
// forwarded addresses, queries.
#include <gtest/gtest.h>

#include "base/query.hpp"
#include "http/client_address.hpp"
#include "http/cookies.hpp"
#include "http/etag.hpp"
#include "http/negotiation.hpp"
#include "http/origin.hpp"
#include "http/request_id.hpp"

namespace portcullis::bff {
namespace {

Request with(std::vector<HeaderField> fields) {
  Request request;
  request.fields = std::move(fields);
  return request;
}

TEST(Cookies, FindsTheSessionAmongOthers) {
  EXPECT_EQ(session_cookie(with({{"Cookie", "a=1; __Host-portcullis=abc ;b=2"}})), "abc");
  EXPECT_EQ(session_cookie(with({{"cookie", "a=1"}, {"COOKIE", "__Host-portcullis=x=y"}})), "x=y");
}

TEST(Cookies, IgnoresOtherSpellings) {
  EXPECT_FALSE(session_cookie(with({})));
  EXPECT_FALSE(session_cookie(with({{"Cookie", "__host-portcullis=abc"}})));
  EXPECT_FALSE(session_cookie(with({{"Cookie", "__Host-portcullis"}})));
  EXPECT_FALSE(session_cookie(with({{"Cookie", "__Host-portcullis="}})));
  EXPECT_FALSE(session_cookie(with({{"Cookie", "===;;;"}})));
}

TEST(Cookies, TwoDifferentSessionsCountAsNone) {
  EXPECT_FALSE(session_cookie(with({{"Cookie", "__Host-portcullis=a; __Host-portcullis=b"}})));
  EXPECT_EQ(session_cookie(with({{"Cookie", "__Host-portcullis=a; __Host-portcullis=a"}})), "a");
}

TEST(Cookies, AreSetWithEveryProtection) {
  EXPECT_EQ(set_session_cookie("v"), "__Host-portcullis=v; Path=/; HttpOnly; Secure; SameSite=Lax");
  EXPECT_NE(clear_session_cookie().find("Max-Age=0"), std::string::npos);
}

TEST(Negotiation, PicksThePreferredCoding) {
  const struct {
    const char* header;
    Encoding encoding;
  } rows[] = {
      {"gzip, deflate, br, zstd", Encoding::kBrotli},
      {"gzip", Encoding::kGzip},
      {"br;q=0.5, gzip;q=0.8", Encoding::kGzip},
      {"br;q=0, gzip;q=0", Encoding::kIdentity},
      {"identity, gzip;q=0.5", Encoding::kIdentity},
      {"*", Encoding::kBrotli},
      {"*;q=0.5, br;q=0", Encoding::kGzip},
      {"gzip;q=1.001", Encoding::kIdentity},
      {"gzip;q=0.001", Encoding::kGzip},
      {"GZIP ; q=1", Encoding::kGzip},
      {"gzip;level=9", Encoding::kIdentity},
      {"", Encoding::kIdentity},
      {",,", Encoding::kIdentity},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(negotiate_encoding(with({{"Accept-Encoding", row.header}})), row.encoding)
        << row.header;
  }
  EXPECT_EQ(negotiate_encoding(with({})), Encoding::kIdentity);
}

TEST(Negotiation, AcceptsOnlyJson) {
  EXPECT_TRUE(is_json(with({{"Content-Type", "application/json"}})));
  EXPECT_TRUE(is_json(with({{"Content-Type", "Application/JSON; charset=utf-8"}})));
  EXPECT_FALSE(is_json(with({{"Content-Type", "text/plain"}})));
  EXPECT_FALSE(is_json(with({{"Content-Type", "application/jsonp"}})));
  EXPECT_FALSE(is_json(with({})));
  EXPECT_FALSE(
      is_json(with({{"Content-Type", "application/json"}, {"Content-Type", "text/plain"}})));
}

TEST(ETag, MatchesWeaklyAndInLists) {
  EXPECT_TRUE(none_match(with({{"If-None-Match", "\"a\""}}), "\"a\""));
  EXPECT_TRUE(none_match(with({{"If-None-Match", "\"x\", W/\"a\""}}), "\"a\""));
  EXPECT_TRUE(none_match(with({{"If-None-Match", "*"}}), "\"a\""));
  EXPECT_TRUE(none_match(with({{"If-None-Match", "\"x,y\",\"a\""}}), "\"a\""));
  EXPECT_FALSE(none_match(with({{"If-None-Match", "\"b\""}}), "\"a\""));
  EXPECT_FALSE(none_match(with({{"If-None-Match", "a"}}), "\"a\""));
  EXPECT_FALSE(none_match(with({}), "\"a\""));
}

TEST(Origin, MustBeThisOrigin) {
  const struct {
    const char* origin;
    const char* host;
    bool any_http;
    bool same;
  } rows[] = {
      {"https://acme.test", "acme.test", false, true},
      {"https://acme.test", "acme.test:443", false, true},
      {"https://acme.test:8443", "acme.test:8443", false, true},
      {"https://acme.test:8443", "acme.test", false, false},
      {"http://acme.test", "acme.test", false, false},
      {"http://acme.test", "acme.test", true, true},
      {"http://localhost:8080", "localhost:8080", false, true},
      {"http://acme.localhost:8080", "acme.localhost:8080", false, true},
      {"http://127.0.0.1:8080", "127.0.0.1:8080", false, true},
      {"http://[::1]:8080", "[::1]:8080", false, true},
      {"http://localhost:8080", "acme.localhost:8080", false, false},
      {"http://evil.test", "localhost:8080", false, false},
      {"http://localhost.evil.test:8080", "localhost:8080", false, false},
      {"https://acme.test.evil.test", "acme.test", false, false},
      {"https://acme.test/", "acme.test", false, false},
      {"https://u@acme.test", "acme.test", false, false},
      {"null", "acme.test", false, false},
      {"", "acme.test", false, false},
      {"ftp://acme.test", "acme.test", false, false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(is_same_origin(row.origin, row.host, "", row.any_http), row.same)
        << row.origin << " at " << row.host;
  }
}

TEST(Origin, AnotherSchemeIsAnotherOrigin) {
  // Unknown scheme: this server has no TLS, so the machine's own pages use http.
  EXPECT_FALSE(is_same_origin("https://localhost:8080", "localhost:8080", "", false));
  EXPECT_FALSE(is_same_origin("https://localhost", "localhost", "", true));
  EXPECT_FALSE(is_same_origin("https://127.0.0.1:8080", "127.0.0.1:8080", "", false));
  // The scheme comes from a trusted proxy.
  EXPECT_TRUE(is_same_origin("https://localhost", "localhost", "https", false));
  EXPECT_FALSE(is_same_origin("http://localhost", "localhost", "https", false));
  EXPECT_FALSE(is_same_origin("http://acme.test", "acme.test", "https", true));
  EXPECT_TRUE(is_same_origin("http://acme.test", "acme.test", "http", true));
  EXPECT_FALSE(is_same_origin("https://acme.test", "acme.test", "http", true));
  EXPECT_FALSE(is_same_origin("http://acme.test", "acme.test", "http", false));
}

TEST(ClientAddress, TrustsOnlyConfiguredProxies) {
  const std::vector<Cidr> trusted{*Cidr::parse("10.0.0.0/8")};
  const Request forwarded =
      with({{"X-Forwarded-For", "6.6.6.6, 1.2.3.4, 10.0.0.9"}, {"X-Forwarded-Proto", "https"}});
  EXPECT_EQ(client_address(forwarded, "10.0.0.1", trusted).ip, "1.2.3.4");
  EXPECT_EQ(client_address(forwarded, "10.0.0.1", trusted).scheme, "https");
  EXPECT_EQ(client_address(forwarded, "9.9.9.9", trusted).ip, "9.9.9.9");
  EXPECT_EQ(client_address(forwarded, "9.9.9.9", trusted).scheme, "http");
  EXPECT_EQ(client_address(forwarded, "10.0.0.1", {}).ip, "10.0.0.1");
  EXPECT_TRUE(client_address(forwarded, "10.0.0.1", trusted).scheme_known);
  EXPECT_FALSE(client_address(forwarded, "9.9.9.9", trusted).scheme_known);
  EXPECT_FALSE(client_address(with({{"X-Forwarded-Proto", "https, http"}}), "10.0.0.1", trusted)
                   .scheme_known);
  EXPECT_EQ(client_address(with({{"X-Forwarded-For", "1.2.3.4, junk"}}), "10.0.0.1", trusted).ip,
            "10.0.0.1");
}

TEST(ClientAddress, ReadsWhatRealProxiesWrite) {
  const std::vector<Cidr> trusted{*Cidr::parse("10.0.0.0/8"), *Cidr::parse("::1")};
  struct Row {
    const char* sent;
    const char* right;
  };
  const Row rows[] = {
      {"203.0.113.7", "203.0.113.7"},
      {"203.0.113.7:51008", "203.0.113.7"},
      {"\"203.0.113.7:51008\"", "203.0.113.7"},
      {"[2001:db8::7]:443", "2001:db8::7"},
      {"\"[2001:db8::7]:443\"", "2001:db8::7"},
      {"[2001:DB8:0::7]", "2001:db8::7"},
      {"2001:db8::7", "2001:db8::7"},
      {"::ffff:203.0.113.7", "203.0.113.7"},
      {"[::ffff:cb00:7107]:80", "203.0.113.7"},
      {"fe80::7%eth0", "fe80::7"},
      {" 203.0.113.7 ,, ", "203.0.113.7"},
      {"6.6.6.6, 203.0.113.7:1, 10.0.0.9:2, ::ffff:10.0.0.3", "203.0.113.7"},
      {"6.6.6.6, 203.0.113.7:1, [::1]:4", "203.0.113.7"},
      // An invalid address ends the walk at the proxy that wrote it.
      {"203.0.113.7, unknown", "10.0.0.1"},
      {"203.0.113.7, 10.0.0.9, _hidden", "10.0.0.1"},
      {"203.0.113.7:x", "10.0.0.1"},
      {"203.0.113.7:123456", "10.0.0.1"},
      {"[203.0.113.7]", "10.0.0.1"},
      {"[2001:db8::7", "10.0.0.1"},
      {"203.0.113.007", "10.0.0.1"},
      // The client's unclosed quote does not swallow later entries.
      {"\"6.6.6.6, 203.0.113.7", "203.0.113.7"},
      {"", "10.0.0.1"},
      {"10.0.0.7", "10.0.0.7"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(client_address(with({{"X-Forwarded-For", row.sent}}), "10.0.0.1", trusted).ip,
              row.right)
        << row.sent;
  }
  EXPECT_EQ(client_address(with({{"X-Forwarded-For", "6.6.6.6"},
                                 {"X-Forwarded-For", "203.0.113.7:9"},
                                 {"X-Forwarded-For", "10.0.0.2"}}),
                           "10.0.0.1", trusted)
                .ip,
            "203.0.113.7");
}

TEST(ClientAddress, ReadsForwarded) {
  const std::vector<Cidr> trusted{*Cidr::parse("10.0.0.0/8")};
  struct Row {
    const char* sent;
    const char* right;
    const char* scheme;
  };
  const Row rows[] = {
      {"for=203.0.113.7", "203.0.113.7", ""},
      {"For=\"203.0.113.7:47011\";Proto=HTTPS", "203.0.113.7", "https"},
      {"for=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1", "2001:db8::7", "https"},
      {"for=\"[2001:db8::7]:_port\"", "2001:db8::7", ""},
      {"for=6.6.6.6;proto=http, for=203.0.113.7;proto=\"https\";host=a.example", "203.0.113.7",
       "https"},
      {"for=203.0.113.7;proto=https, for=10.0.0.9;proto=http", "203.0.113.7", "https"},
      {"host=\"a;b,c\";for=203.0.113.7", "203.0.113.7", ""},
      {"ext=\"a\\\"b, for=6.6.6.6\";for=203.0.113.7", "203.0.113.7", ""},
      {"for=\"6.6.6.6, for=203.0.113.7", "203.0.113.7", ""},
      {"for=203.0.113.7, for=unknown", "10.0.0.1", ""},
      {"for=203.0.113.7, for=_gazonk;proto=https", "10.0.0.1", "https"},
      {"for=203.0.113.7, for=1.1.1.1;for=2.2.2.2", "10.0.0.1", ""},
      {"proto=https", "10.0.0.1", ""},
      {"203.0.113.7", "10.0.0.1", ""},
  };
  for (const Row& row : rows) {
    const auto from = client_address(with({{"Forwarded", row.sent}}), "10.0.0.1", trusted);
    EXPECT_EQ(from.ip, row.right) << row.sent;
    EXPECT_EQ(from.scheme_known ? from.scheme : "", row.scheme) << row.sent;
    EXPECT_EQ(client_address(with({{"Forwarded", row.sent}}), "9.9.9.9", trusted).ip, "9.9.9.9");
  }
}

TEST(ClientAddress, CannotBeForgedWithTheOtherHeader) {
  const std::vector<Cidr> trusted{*Cidr::parse("10.0.0.0/8")};
  const Request both = with({{"X-Forwarded-For", "1.1.1.1"}, {"Forwarded", "for=2.2.2.2"}});
  const auto ip = [&](const Request& request, ForwardedHeader which) {
    return client_address(request, "10.0.0.1", trusted, which).ip;
  };
  EXPECT_EQ(ip(both, ForwardedHeader::kAuto), "10.0.0.1") << "one of them comes from the client";
  EXPECT_EQ(ip(both, ForwardedHeader::kXForwardedFor), "1.1.1.1");
  EXPECT_EQ(ip(both, ForwardedHeader::kForwarded), "2.2.2.2");
  const Request agree = with(
      {{"X-Forwarded-For", "::ffff:1.1.1.1"}, {"Forwarded", "for=\"1.1.1.1:80\";proto=https"}});
  EXPECT_EQ(ip(agree, ForwardedHeader::kAuto), "1.1.1.1");
  EXPECT_EQ(client_address(agree, "10.0.0.1", trusted).scheme, "https");
  EXPECT_EQ(ip(with({{"Forwarded", "for=2.2.2.2"}}), ForwardedHeader::kXForwardedFor), "10.0.0.1");
  EXPECT_EQ(ip(with({{"X-Forwarded-For", "1.1.1.1"}}), ForwardedHeader::kForwarded), "10.0.0.1");
  const Request schemes =
      with({{"X-Forwarded-Proto", "https"}, {"Forwarded", "for=1.1.1.1;proto=http"}});
  EXPECT_FALSE(client_address(schemes, "10.0.0.1", trusted).scheme_known);
}

TEST(Query, ReadsUniqueNames) {
  const Query query("entry=hello&id=hel%6Co&x&y=1&y=2&&z=%zz");
  EXPECT_EQ(query.single("entry"), "hello");
  EXPECT_EQ(query.single("id"), "hello");
  EXPECT_EQ(query.single("x"), "");
  EXPECT_FALSE(query.single("y"));
  EXPECT_FALSE(query.single("absent"));
  EXPECT_EQ(query.single("z"), "%zz");
}

TEST(RequestId, AcceptsOnlyLogSafeIds) {
  EXPECT_TRUE(usable_request_id("aB9._-"));
  EXPECT_FALSE(usable_request_id(""));
  EXPECT_TRUE(usable_request_id("{3f}/a+b=:~@,;!"));
  EXPECT_FALSE(usable_request_id("a b"));
  EXPECT_FALSE(usable_request_id("a\\b"));
  EXPECT_FALSE(usable_request_id("<a>"));
  EXPECT_FALSE(usable_request_id("\x7f"));
  EXPECT_FALSE(usable_request_id("\xc3\xa9"));
  EXPECT_FALSE(usable_request_id("a\"b"));
  EXPECT_FALSE(usable_request_id(std::string(129, 'a')));
  EXPECT_EQ(next_request_id().size(), 32U);
  EXPECT_NE(next_request_id(), next_request_id());
}

}  // namespace
}  // namespace portcullis::bff
