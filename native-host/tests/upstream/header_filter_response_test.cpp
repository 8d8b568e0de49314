#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "upstream/header_filter.hpp"
#include "upstream/header_text.hpp"

namespace portcullis::bff {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::vector<HeaderField> fields_of(const Pairs& pairs) {
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : pairs) fields.push_back({name, value});
  return fields;
}

const LocationMap& seen_by_client() {
  static const auto upstream =
      std::get<UpstreamTarget>(parse_upstream_url("sales", "http://sales.internal:9001"));
  static const LocationMap map{upstream, "https", "acme.test", "", "/api/orders/new"};
  return map;
}

ResponseHead received(const Pairs& pairs, unsigned status = 200) {
  ResponseHead head;
  std::string detail;
  EXPECT_EQ(filter_response_headers(fields_of(pairs), status, seen_by_client(), head, detail),
            Code::kAllowed)
      << detail;
  return head;
}

TEST(ResponseHeaders, A401HasAChallengeThatDoesNotPrompt) {
  for (const Pairs& pairs : {Pairs{}, Pairs{{"WWW-Authenticate", "Basic realm=\"x\""}}}) {
    const std::string fields(received(pairs, 401).fields.text());
    EXPECT_NE(fields.find("WWW-Authenticate: Upstream realm=\"portcullis\"\r\n"),
              std::string::npos);
    EXPECT_EQ(fields.find("Basic"), std::string::npos);
  }
  EXPECT_EQ(std::string(received({}, 403).fields.text()).find("WWW-Authenticate"),
            std::string::npos);
}

TEST(ResponseHeaders, A407IsNotForwarded) {
  ResponseHead head;
  std::string detail;
  EXPECT_EQ(filter_response_headers(fields_of({}), 407, seen_by_client(), head, detail),
            Code::kUpstreamInvalid);
}

TEST(ResponseHeaders, AnUpstreamCannotTouchTheOrigin) {
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
    head.fields.each(
        [&](std::string_view, std::string_view value) { EXPECT_NE(value, "evil") << name; });
  }
}

TEST(ResponseHeaders, ForwardsOrdinaryFields) {
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
  // Set by the connection, so that each occurs once.
  EXPECT_EQ(head.fields.count("Date"), 0U);
  EXPECT_EQ(head.fields.count("X-Content-Type-Options"), 0U);
  EXPECT_EQ(head.fields.count("Cross-Origin-Resource-Policy"), 0U);
  EXPECT_EQ(head.fields.count("Content-Security-Policy"), 0U);
}

TEST(ResponseHeaders, DropsFieldsNamedByConnectionButNotTheServersOwn) {
  const ResponseHead head = received({{"Connection", "X-Hop, X-Content-Type-Options, Vary"},
                                      {"X-Hop", "1"},
                                      {"Content-Type", "text/html"}});
  EXPECT_EQ(head.fields.count("X-Hop"), 0U);
  EXPECT_EQ(head.fields["Content-Security-Policy"], kSandboxPolicy);
  EXPECT_EQ(head.fields["Vary"], "Cookie, X-Plugin-Id, X-Plugin-Stamp");
}

TEST(ResponseHeaders, SandboxesTypesNotKnownToBeInert) {
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
    EXPECT_EQ(received({{"Content-Type", type}}).fields["Content-Security-Policy"], kSandboxPolicy);
  }
  EXPECT_EQ(received({}).fields["Content-Security-Policy"], kSandboxPolicy);
  EXPECT_EQ(classify_content_type(std::string(1000, 'a')), BodyKind::kActive);
  for (const char* type :
       {"application/json", "Application/JSON; charset=utf-8", "application/problem+json",
        "text/plain", "text/csv;header=present", "image/png", "font/woff2", "audio/mpeg",
        "video/mp4", "application/octet-stream", "application/pdf"}) {
    EXPECT_EQ(classify_content_type(type), BodyKind::kInert) << type;
  }
  EXPECT_EQ(classify_content_type("Text/Event-Stream;charset=utf-8"), BodyKind::kEventStream);
}

TEST(ResponseHeaders, RejectsTwoContentTypes) {
  ResponseHead head;
  std::string detail;
  EXPECT_EQ(filter_response_headers(
                fields_of({{"Content-Type", "text/plain"}, {"content-type", "text/html"}}), 200,
                seen_by_client(), head, detail),
            Code::kUpstreamInvalid);
}

TEST(ResponseHeaders, ForbidsSharedCaching) {
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
  EXPECT_EQ(head.fields["Vary"], "Accept, Origin, Cookie, X-Plugin-Id, X-Plugin-Stamp");
  EXPECT_EQ(received({{"Vary", "*"}}).fields["Vary"], "*");
}

TEST(ResponseHeaders, ForeignRedirectsAreRejectedAndExplained) {
  for (const unsigned status : {300U, 301U, 302U, 303U, 307U, 308U}) {
    EXPECT_EQ(received({{"Location", "http://sales.internal:9001/a"}}, status).fields["Location"],
              "/a");
    ResponseHead head;
    std::string detail;
    EXPECT_EQ(filter_response_headers(fields_of({{"Location", "https://login.example/x"}}), status,
                                      seen_by_client(), head, detail),
              Code::kUpstreamInvalid);
    for (const char* said :
         {"https://login.example", "https://acme.test", "\"sales\"", "origins"}) {
      EXPECT_NE(detail.find(said), std::string::npos) << detail;
    }
  }
}

TEST(ResponseHeaders, ForeignLocationsOfNonRedirectsAreDropped) {
  for (const unsigned status : {200U, 201U, 202U}) {
    EXPECT_EQ(received({{"Location", "https://acme.test/api/7"}}, status).fields["Location"],
              "/api/7");
    ResponseHead head;
    std::string detail;
    EXPECT_EQ(filter_response_headers(fields_of({{"Location", "https://other.example/7"}}), status,
                                      seen_by_client(), head, detail),
              Code::kAllowed);
    EXPECT_EQ(head.fields.count("Location"), 0U);
    EXPECT_NE(detail.find("https://other.example"), std::string::npos) << "for the log";
  }
}

TEST(ResponseHeaders, MapsContentLocationAndLink) {
  const ResponseHead head =
      received({{"Content-Location", "http://sales.internal:9001/api/orders/7"},
                {"Link", "<http://sales.internal:9001/api/orders?page=2>; rel=\"next\""}});
  EXPECT_EQ(head.fields["Content-Location"], "/api/orders/7");
  EXPECT_EQ(head.fields["Link"], "</api/orders?page=2>; rel=\"next\"");
  EXPECT_EQ(
      received({{"Content-Location", "http://other.example/x"}}).fields.count("Content-Location"),
      0U);
}

TEST(ResponseHeaders, DisablesNginxBufferingOfEventStreams) {
  const ResponseHead head =
      received({{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "yes"}});
  EXPECT_EQ(head.fields["X-Accel-Buffering"], "no");
  EXPECT_EQ(head.fields.count("Content-Security-Policy"), 0U);
}

}  // namespace
}  // namespace portcullis::bff
