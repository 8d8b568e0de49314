#include "upstream/header_filter.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "upstream/header_text.hpp"

namespace portcullis::bff {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::vector<HeaderField> fields_of(const Pairs& pairs) {
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : pairs) fields.push_back({name, value});
  return fields;
}

FilteredHeaders filtered(const Pairs& pairs, const std::vector<std::string>& forward = {},
                         const ProxyIdentity& who = {}) {
  FilteredHeaders out;
  EXPECT_EQ(filter_request_headers(fields_of(pairs), who, forward, out), Code::kAllowed)
      << out.detail;
  return out;
}

std::string sent(const Pairs& pairs, const ProxyIdentity& who = {}) {
  return filtered(pairs, {}, who).lines;
}

TEST(RequestHeaders, ForwardsOrdinaryFields) {
  EXPECT_EQ(sent({{"Accept", "application/json"},
                  {"Content-Type", "application/json"},
                  {"If-None-Match", "\"x\""},
                  {"Last-Event-ID", "7"},
                  {"USER-AGENT", "test"}}),
            "accept: application/json\r\ncontent-type: application/json\r\n"
            "if-none-match: \"x\"\r\nlast-event-id: 7\r\nuser-agent: test\r\n"
            "Via: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, DropsCredentialsIdentityOverridesAndUnknownFields) {
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

TEST(RequestHeaders, SetsTheIdentityRegardlessOfTheClient) {
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
            "X-Forwarded-Host: localhost:8080\r\nX-Forwarded-Port: 8080\r\n"
            "X-Portcullis-Tenant: localhost\r\n"
            "X-Portcullis-User: auth:account:lab:viewer\r\nX-Portcullis-Plugin: hello\r\n"
            "X-Plugin-Id: hello\r\nVia: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, ForwardsFieldsNamedByTheRoute) {
  const Pairs theirs{{"Tus-Resumable", "1.0.0"},
                     {"ODATA-VERSION", "4.0"},
                     {"X-Correlation-ID", "abc"},
                     {"Content-Range", "bytes 0-1/2"},
                     {"Accept", "*/*"}};
  const auto out =
      filtered(theirs, {"tus-resumable", "odata-version", "content-range", "x-correlation-id"});
  EXPECT_EQ(out.lines,
            "tus-resumable: 1.0.0\r\nodata-version: 4.0\r\nx-correlation-id: abc\r\n"
            "content-range: bytes 0-1/2\r\naccept: */*\r\nVia: 1.1 portcullis\r\n");
  EXPECT_EQ(out.dropped, "");
  // Two servers may read different ones.
  FilteredHeaders twice;
  const std::vector<std::string> forward{"x-a"};
  EXPECT_EQ(filter_request_headers(fields_of({{"X-A", "1"}, {"x-a", "2"}}), {}, forward, twice),
            Code::kBadRequest);
  // Still hop-by-hop.
  EXPECT_EQ(filtered({{"Connection", "X-A"}, {"X-A", "1"}}, forward).lines,
            "Via: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, ReportsDroppedFieldsExceptBrowserFields) {
  EXPECT_EQ(filtered({{"Tus-Resumable", "1.0.0"},
                      {"tus-resumable", "1.0.0"},
                      {"X-Correlation-ID", "abc"},
                      {"Authorization", "Basic x"},
                      {"Sec-Fetch-Site", "same-origin"},
                      {"sec-ch-ua", "x"},
                      {"Cookie", "x"},
                      {"Origin", "http://localhost"},
                      {"Referer", "http://localhost/"},
                      {"Host", "localhost"},
                      {"Content-Length", "0"},
                      {"X-CSRF-Token", "x"},
                      {"X-Plugin-Id", "p"},
                      {"X-Plugin-Stamp", "x"},
                      {"X-Forwarded-For", "::1"},
                      {"Connection", "keep-alive"}})
                .dropped,
            "tus-resumable, x-correlation-id, authorization");
  Pairs many;
  for (int i = 0; i < 200; ++i) many.emplace_back("X-Header-Number-" + std::to_string(i), "1");
  const std::string dropped = filtered(many).dropped;
  EXPECT_LT(dropped.size(), 600U);
  EXPECT_TRUE(dropped.ends_with(", ...")) << dropped;
}

TEST(RequestHeaders, ConfigurationCannotForwardIdentityOrOverrides) {
  for (const char* name :
       {"cookie", "authorization", "proxy-authorization", "host", "connection", "te", "upgrade",
        "transfer-encoding", "content-length", "keep-alive", "expect", "via", "forwarded",
        "x-forwarded-for", "x-forwarded-user", "x-forwarded-anything", "x-real-ip", "x-client-ip",
        "true-client-ip", "cf-connecting-ip", "x-remote-user", "remote-user", "x-auth-request-user",
        "x-portcullis-user", "x-portcullis-anything", "x-plugin-id", "x-plugin-stamp",
        "x-csrf-token", "x-request-id", "x-http-method-override", "x-http-method",
        "x-method-override", "x-original-url", "x-original-method", "x-rewrite-url", "origin",
        "referer", "sec-fetch-site", "sec-websocket-key", "http2-settings", "x-accel-redirect",
        // Names that CGI and similar interfaces treat as equal.
        "x_forwarded_for", "x_http_method_override", "remote_user", "x-portcullis_user",
        "content_length", ""}) {
    EXPECT_TRUE(request_header_forbidden(name)) << name;
  }
  for (const char* name : {"tus-resumable", "upload-offset", "odata-version", "accept-profile",
                           "content-range", "apollo-require-preflight", "x-correlation-id",
                           "x-api-key", "x-amz-meta-a", "baggage", "x-userland"}) {
    EXPECT_FALSE(request_header_forbidden(name)) << name;
  }
}

TEST(RequestHeaders, SetsForwardedPortAndPrefix) {
  const auto told = [](const char* host, const char* scheme, const char* prefix) {
    ProxyIdentity who;
    who.host = host;
    who.scheme = scheme;
    who.prefix = prefix;
    return sent({}, who);
  };
  EXPECT_EQ(told("acme.test", "https", "/api"),
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: acme.test\r\nX-Forwarded-Port: 443\r\n"
            "X-Forwarded-Prefix: /api\r\nVia: 1.1 portcullis\r\n");
  EXPECT_NE(told("localhost", "http", "").find("X-Forwarded-Port: 80\r\n"), std::string::npos);
  EXPECT_NE(told("[::1]:8080", "http", "").find("X-Forwarded-Port: 8080\r\n"), std::string::npos);
  EXPECT_NE(told("[::1]", "http", "").find("X-Forwarded-Port: 80\r\n"), std::string::npos);
}

TEST(RequestHeaders, OwnValuesCannotBreakOutOfTheirLine) {
  ProxyIdentity who;
  who.user = "a\r\nX-Evil: 1 \xc3\xa4%";
  EXPECT_EQ(sent({}, who),
            "X-Portcullis-User: a%0D%0AX-Evil:%201%20%C3%A4%25\r\nVia: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, DropsFieldsNamedByConnection) {
  EXPECT_EQ(sent({{"Connection", "keep-alive, If-None-Match"},
                  {"If-None-Match", "\"x\""},
                  {"connection", "Range"},
                  {"Range", "bytes=0-1"},
                  {"Accept", "*/*"}}),
            "accept: */*\r\nVia: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, RejectsDuplicateSingleValuedFields) {
  for (const char* name : {"Content-Type", "Range", "User-Agent", "If-Modified-Since",
                           "Last-Event-ID", "Content-Encoding", "Idempotency-Key"}) {
    FilteredHeaders out;
    EXPECT_EQ(filter_request_headers(fields_of({{name, "a"}, {name, "b"}}), {}, {}, out),
              Code::kBadRequest)
        << name;
    EXPECT_NE(out.detail, "");
  }
  EXPECT_EQ(sent({{"Accept", "a/b"}, {"Accept", "c/d"}}),
            "accept: a/b\r\naccept: c/d\r\nVia: 1.1 portcullis\r\n");
}

TEST(RequestHeaders, ForwardsOnlyValidTraceContext) {
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
