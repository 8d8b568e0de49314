#include "net/header_filter.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "net/header_text.hpp"

namespace portcullis::bff {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

HttpFields fields_of(const Pairs& pairs) {
  HttpFields fields;
  for (const auto& [name, value] : pairs) fields.insert(name, value);
  return fields;
}

UpstreamTarget upstream() {
  return std::get<UpstreamTarget>(parse_upstream_url("sales", "http://sales.internal:9001"));
}

std::string sent(const Pairs& pairs, const ProxyIdentity& who = {}) {
  std::string out;
  std::string detail;
  EXPECT_EQ(filter_request_headers(fields_of(pairs), who, out, detail), Code::kAllowed) << detail;
  return out;
}

ResponseHead received(const Pairs& pairs, unsigned status = 200) {
  ResponseHead head;
  std::string detail;
  EXPECT_EQ(filter_response_headers(fields_of(pairs), status, upstream(), head, detail),
            Code::kAllowed)
      << detail;
  return head;
}

TEST(HeaderFilter, PassesWhatAnApiNeeds) {
  EXPECT_EQ(sent({{"Accept", "application/json"},
                  {"Content-Type", "application/json"},
                  {"If-None-Match", "\"x\""},
                  {"Last-Event-ID", "7"},
                  {"USER-AGENT", "test"}}),
            "accept: application/json\r\ncontent-type: application/json\r\n"
            "if-none-match: \"x\"\r\nlast-event-id: 7\r\nuser-agent: test\r\n"
            "Via: 1.1 portcullis\r\n");
}

TEST(HeaderFilter, WithholdsCredentialsIdentityOverridesAndWhatItDoesNotKnow) {
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

TEST(HeaderFilter, SaysWhoCallsWhateverTheClientSays) {
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

TEST(HeaderFilter, OwnValuesCannotBreakOutOfTheirLine) {
  ProxyIdentity who;
  who.user = "a\r\nX-Evil: 1 \xc3\xa4%";
  EXPECT_EQ(sent({}, who),
            "X-Portcullis-User: a%0D%0AX-Evil:%201%20%C3%A4%25\r\nVia: 1.1 portcullis\r\n");
}

TEST(HeaderFilter, DropsWhatConnectionNames) {
  EXPECT_EQ(sent({{"Connection", "keep-alive, If-None-Match"},
                  {"If-None-Match", "\"x\""},
                  {"connection", "Range"},
                  {"Range", "bytes=0-1"},
                  {"Accept", "*/*"}}),
            "accept: */*\r\nVia: 1.1 portcullis\r\n");
}

TEST(HeaderFilter, RefusesFieldsThatMayOnlyStandOnce) {
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

TEST(HeaderFilter, CarriesTraceContextOnlyWhenItIsOne) {
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

TEST(HeaderFilter, AnUpstreamCannotTouchTheOrigin) {
  for (const char* name : {"Set-Cookie",
                           "set-cookie",
                           "Set-Cookie2",
                           "Clear-Site-Data",
                           "Service-Worker-Allowed",
                           "Content-Security-Policy",
                           "Content-Security-Policy-Report-Only",
                           "X-Content-Security-Policy",
                           "X-WebKit-CSP",
                           "Permissions-Policy",
                           "Feature-Policy",
                           "Referrer-Policy",
                           "Cross-Origin-Opener-Policy",
                           "Cross-Origin-Embedder-Policy",
                           "X-Frame-Options",
                           "Access-Control-Allow-Origin",
                           "Access-Control-Allow-Credentials",
                           "Access-Control-Anything-New",
                           "Timing-Allow-Origin",
                           "Alt-Svc",
                           "Strict-Transport-Security",
                           "Public-Key-Pins",
                           "Refresh",
                           "Report-To",
                           "Reporting-Endpoints",
                           "NEL",
                           "WWW-Authenticate",
                           "Proxy-Authenticate",
                           "Connection",
                           "Keep-Alive",
                           "Transfer-Encoding",
                           "Content-Length",
                           "Upgrade",
                           "Trailer",
                           "TE",
                           "X-Plugin-Quarantined",
                           "X-Allowlist-Violation",
                           "X-Integrity-Error",
                           "X-Request-ID",
                           "X-Plugin-Id",
                           "X-Portcullis-User",
                           "X-CSRF-Token",
                           "Server",
                           "X-Powered-By",
                           "Via",
                           "X-Accel-Redirect",
                           "X-Accel-Expires",
                           "X-Sendfile",
                           "X-LIGHTTPD-send-file",
                           "Surrogate-Control",
                           "CDN-Cache-Control",
                           "Cloudflare-CDN-Cache-Control",
                           "Accept-CH",
                           "Critical-CH",
                           "Origin-Agent-Cluster",
                           "SourceMap",
                           "X-SourceMap",
                           "Speculation-Rules",
                           "Use-As-Dictionary",
                           "Set-Login",
                           "Attribution-Reporting-Register-Source",
                           "Sec-Session-Registration"}) {
    const ResponseHead head = received({{name, "evil"}, {"Content-Type", "application/json"}});
    const auto [first, last] = head.fields.equal_range(name);
    for (auto at = first; at != last; ++at) EXPECT_NE(at->value(), "evil") << name;
  }
}

TEST(HeaderFilter, PassesWhatAnAnswerNeeds) {
  const ResponseHead head = received({{"Content-Type", "application/json"},
                                      {"ETag", "\"x\""},
                                      {"Content-Encoding", "gzip"},
                                      {"Content-Range", "bytes 0-1/2"},
                                      {"Link", "</api/x?page=2>; rel=next"},
                                      {"Retry-After", "3"},
                                      {"X-Total-Count", "12"},
                                      {"Date", "Tue, 01 Jan 2030 00:00:00 GMT"}});
  EXPECT_EQ(head.fields["ETag"], "\"x\"");
  EXPECT_EQ(head.fields["Content-Encoding"], "gzip");
  EXPECT_EQ(head.fields["Content-Range"], "bytes 0-1/2");
  EXPECT_EQ(head.fields["Link"], "</api/x?page=2>; rel=next");
  EXPECT_EQ(head.fields["Retry-After"], "3");
  EXPECT_EQ(head.fields["X-Total-Count"], "12");
  EXPECT_EQ(head.fields["Date"], "Tue, 01 Jan 2030 00:00:00 GMT");
  EXPECT_EQ(head.fields["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(head.fields["Cross-Origin-Resource-Policy"], "same-origin");
  EXPECT_EQ(head.fields.count("Content-Security-Policy"), 0U);
}

TEST(HeaderFilter, DropsWhatTheUpstreamsConnectionNamesButNotItsOwn) {
  const ResponseHead head = received({{"Connection", "X-Hop, X-Content-Type-Options, Vary"},
                                      {"X-Hop", "1"},
                                      {"Content-Type", "text/html"}});
  EXPECT_EQ(head.fields.count("X-Hop"), 0U);
  EXPECT_EQ(head.fields["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(head.fields["Content-Security-Policy"], "sandbox");
  EXPECT_EQ(head.fields["Vary"], "Cookie, X-Plugin-Id");
}

TEST(HeaderFilter, SandboxesEverythingThatIsNotKnownToBeInert) {
  for (const char* type : {"text/html",
                           "TEXT/HTML; charset=utf-8",
                           " text/html ",
                           "application/xhtml+xml",
                           "image/svg+xml",
                           "text/xml",
                           "application/xml",
                           "application/atom+xml",
                           "text/javascript",
                           "application/javascript",
                           "application/x-javascript",
                           "text/ecmascript",
                           "text/jscript",
                           "text/xsl",
                           "multipart/x-mixed-replace; boundary=x",
                           "message/rfc822",
                           "application/wasm",
                           "application/unknown",
                           "",
                           "text",
                           "/",
                           "text/",
                           "/html",
                           "text html",
                           "application/json, text/html",
                           "application/json,text/html",
                           "appl\xc3\xa4ication/json",
                           "application/json/x"}) {
    EXPECT_EQ(classify_content_type(type), BodyKind::kActive) << type;
    EXPECT_EQ(received({{"Content-Type", type}}).fields["Content-Security-Policy"], "sandbox");
  }
  EXPECT_EQ(received({}).fields["Content-Security-Policy"], "sandbox");
  EXPECT_EQ(classify_content_type(std::string(1000, 'a')), BodyKind::kActive);
  for (const char* type :
       {"application/json", "Application/JSON; charset=utf-8", "application/problem+json",
        "text/plain", "text/csv;header=present", "image/png", "font/woff2", "audio/mpeg",
        "video/mp4", "application/octet-stream", "application/pdf"}) {
    EXPECT_EQ(classify_content_type(type), BodyKind::kInert) << type;
  }
  EXPECT_EQ(classify_content_type("Text/Event-Stream;charset=utf-8"), BodyKind::kEventStream);
}

TEST(HeaderFilter, RefusesTwoContentTypes) {
  ResponseHead head;
  std::string detail;
  EXPECT_EQ(filter_response_headers(
                fields_of({{"Content-Type", "text/plain"}, {"content-type", "text/html"}}), 200,
                upstream(), head, detail),
            Code::kUpstreamInvalid);
}

TEST(HeaderFilter, KeepsSharedCachesOut) {
  const struct {
    const char* from;
    const char* to;
  } rows[] = {
      {"", "private, no-cache"},
      {"public, max-age=60", "private, max-age=60"},
      {"max-age=60, s-maxage=600", "private, max-age=60"},
      {"S-MaxAge=600, PUBLIC", "private, no-cache"},
      {"private, max-age=60", "private, max-age=60"},
      {"private=\"set-cookie, x\", max-age=1", "private, private=\"set-cookie, x\", max-age=1"},
      {"no-store", "no-store"},
      {"No-Store, public", "No-Store"},
  };
  for (const auto& row : rows) EXPECT_EQ(private_cache_control(row.from), row.to) << row.from;
  const ResponseHead head = received({{"Cache-Control", "public"},
                                      {"Cache-Control", "max-age=9"},
                                      {"Vary", "Accept"},
                                      {"Vary", "Origin"}});
  EXPECT_EQ(head.fields["Cache-Control"], "private, max-age=9");
  EXPECT_EQ(head.fields.count("Cache-Control"), 1U);
  EXPECT_EQ(head.fields["Vary"], "Accept, Origin, Cookie, X-Plugin-Id");
  EXPECT_EQ(received({{"Vary", "*"}}).fields["Vary"], "*");
}

TEST(HeaderFilter, RedirectsStayWithinTheOrigin) {
  const struct {
    const char* from;
    const char* to;
  } rows[] = {
      {"/login?x=1", "/login?x=1"},
      {"item/7", "item/7"},
      {"?page=2", "?page=2"},
      {"item?next=http://x", "item?next=http://x"},
      {"http://sales.internal:9001/a/b", "/a/b"},
      {"HTTP://SALES.internal:9001/a", "/a"},
      {"http://sales.internal:9001", "/"},
      {"http://sales.internal:9001?x", "/?x"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(same_origin_location(row.from, upstream()), row.to) << row.from;
    EXPECT_EQ(received({{"Location", row.from}}, 302).fields["Location"], row.to);
  }
  for (const char* evil :
       {"https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example",
        "http://sales.internal:90011/", "http://sales.internal:9001.evil.example/",
        "http://sales.internal:9001@evil.example/", "http://sales.internal:9001//evil.example",
        "http://sales.internal/", "https://sales.internal:9001/", "javascript:alert(1)",
        "data:text/html,x", "/\t/evil.example", "", "mailto:x"}) {
    EXPECT_FALSE(same_origin_location(evil, upstream())) << evil;
    ResponseHead head;
    std::string detail;
    EXPECT_EQ(
        filter_response_headers(fields_of({{"Location", evil}}), 302, upstream(), head, detail),
        Code::kUpstreamInvalid)
        << evil;
    EXPECT_EQ(received({{"Location", evil}}, 201).fields.count("Location"), 0U) << evil;
  }
  const auto usual = std::get<UpstreamTarget>(parse_upstream_url("x", "http://sales"));
  EXPECT_EQ(same_origin_location("http://sales/a", usual), "/a");
  EXPECT_EQ(same_origin_location("http://sales:80/a", usual), "/a");
  EXPECT_FALSE(same_origin_location("http://sales:8080/a", usual));
  EXPECT_FALSE(same_origin_location("http://sales.evil.example/a", usual));
}

TEST(HeaderFilter, EventStreamsAreNotHeldBackByNginxInFront) {
  const ResponseHead head =
      received({{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "yes"}});
  EXPECT_EQ(head.fields["X-Accel-Buffering"], "no");
  EXPECT_EQ(head.fields.count("Content-Security-Policy"), 0U);
}

}  // namespace
}  // namespace portcullis::bff
