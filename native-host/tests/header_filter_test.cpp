#include "net/header_filter.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "net/header_text.hpp"

namespace portcullis::bff {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::vector<HeaderField> fields_of(const Pairs& pairs) {
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : pairs) fields.push_back({name, value});
  return fields;
}

std::string sent(const Pairs& pairs, const ProxyIdentity& who = {}) {
  std::string out;
  std::string detail;
  EXPECT_EQ(filter_request_headers(fields_of(pairs), who, out, detail), Code::kAllowed) << detail;
  return out;
}

TEST(RequestHeaders, PassesWhatAnApiNeeds) {
  EXPECT_EQ(sent({{"Accept", "application/json"},
                  {"Content-Type", "application/json"},
                  {"If-None-Match", "\"x\""},
                  {"Last-Event-ID", "7"},
                  {"USER-AGENT", "test"}}),
            "accept: application/json\r\ncontent-type: application/json\r\n"
            "if-none-match: \"x\"\r\nlast-event-id: 7\r\nuser-agent: test\r\n"
            "Via: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, WithholdsCredentialsIdentityOverridesAndWhatItDoesNotKnow) {
  for (const char* name : {"Cookie",
                           "cOOkie",
                           "Authorization",
                           "Proxy-Authorization",
                           "X-CSRF-Token",
                           "Origin",
                           "Referer",
                           "Host",
                           "Content-Length",
                           "Transfer-Encoding",
                           "Connection",
                           "Keep-Alive",
                           "Proxy-Connection",
                           "TE",
                           "Trailer",
                           "Upgrade",
                           "HTTP2-Settings",
                           "Expect",
                           "Via",
                           "X-Plugin-Id",
                           "x-plugin-id",
                           "X-Request-ID",
                           "X-Forwarded-For",
                           "X-Forwarded-Host",
                           "X-Forwarded-Proto",
                           "X-Forwarded-Port",
                           "X-Forwarded-Prefix",
                           "X-Forwarded-User",
                           "Forwarded",
                           "X-Real-IP",
                           "True-Client-IP",
                           "CF-Connecting-IP",
                           "X-Client-IP",
                           "X-Portcullis-User",
                           "X-Portcullis-Tenant",
                           "X-Portcullis-Plugin",
                           "X-Portcullis-Other",
                           "X-User",
                           "X-Remote-User",
                           "Remote-User",
                           "X-Auth-Request-User",
                           "X-HTTP-Method-Override",
                           "X-HTTP-Method",
                           "X-Method-Override",
                           "X-Original-URL",
                           "X-Rewrite-URL",
                           "X-Original-Method",
                           "X-Accel-Redirect",
                           "X-Sendfile",
                           "Sec-Fetch-Site",
                           "Sec-WebSocket-Key",
                           "Baggage",
                           "X-Tenant-Id",
                           "X-Unknown",
                           "DNT",
                           "Max-Forwards",
                           "Early-Data"}) {
    EXPECT_EQ(sent({{name, "evil"}}), "Via: 1.1 portcullis\r\n") << name;
  }
}

TEST(RequestHeaders, SaysWhoCallsWhateverTheClientSays) {
  ProxyIdentity who;
  who.tenant = "localhost";
  who.user = "auth:account:lab:viewer";
  who.plugin_id = "hello";
  who.request_id = "r-1";
  who.client_ip = "203.0.113.7";
  who.scheme = "https";
  who.host = "localhost:8080";
  EXPECT_EQ(sent({{"X-Portcullis-User", "auth:account:lab:operator"},
                  {"X-Plugin-Id", "other"},
                  {"Connection", "X-Portcullis-User, X-Plugin-Id, X-Forwarded-For"}},
                 who),
            "X-Request-ID: r-1\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
            "X-Forwarded-Host: localhost:8080\r\nX-Portcullis-Tenant: localhost\r\n"
            "X-Portcullis-User: auth:account:lab:viewer\r\nX-Portcullis-Plugin: hello\r\n"
            "X-Plugin-Id: hello\r\nVia: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, OwnValuesCannotBreakOutOfTheirLine) {
  ProxyIdentity who;
  who.user = "a\r\nX-Evil: 1 \xc3\xa4%";
  EXPECT_EQ(sent({}, who),
            "X-Portcullis-User: a%0D%0AX-Evil:%201%20%C3%A4%25\r\nVia: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, DropsWhatConnectionNames) {
  EXPECT_EQ(sent({{"Connection", "keep-alive, If-None-Match"},
                  {"If-None-Match", "\"x\""},
                  {"connection", "Range"},
                  {"Range", "bytes=0-1"},
                  {"Accept", "*/*"}}),
            "accept: */*\r\nVia: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, RefusesFieldsThatMayOnlyStandOnce) {
  for (const char* name : {"Content-Type", "Range", "User-Agent", "If-Modified-Since",
                           "Last-Event-ID", "Content-Encoding", "Idempotency-Key"}) {
    std::string out;
    std::string detail;
    EXPECT_EQ(filter_request_headers(fields_of({{name, "a"}, {name, "b"}}), {}, out, detail),
              Code::kBadRequest)
        << name;
    EXPECT_NE(detail, "");
  }
  EXPECT_EQ(sent({{"Accept", "a/b"}, {"Accept", "c/d"}}),
            "accept: a/b\r\naccept: c/d\r\nVia: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, CarriesTraceContextOnlyWhenItIsOne) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_EQ(sent({{"tracestate", "a=1"}, {"traceparent", good}}),
            "tracestate: a=1\r\ntraceparent: " + good + "\r\nVia: 1.1 portcullis\r\n");
  EXPECT_EQ(sent({{"traceparent", "nonsense"}, {"tracestate", "a=1"}}), "Via: 1.1 portcullis\r\n");
  EXPECT_EQ(sent({{"tracestate", "a=1"}}), "Via: 1.1 portcullis\r\n");
  EXPECT_TRUE(valid_traceparent("01" + good.substr(2) + "-more"));
  for (const auto& bad :
       std::vector<std::string>{good + "-more", good + "0", good.substr(1), "ff" + good.substr(2),
                                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                std::string(55, '0'), std::string()}) {
    EXPECT_FALSE(valid_traceparent(bad)) << bad;
  }
}

}  // namespace
}  // namespace portcullis::bff
