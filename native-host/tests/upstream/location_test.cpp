#include "upstream/location.hpp"

#include <gtest/gtest.h>

namespace portcullis::bff {
namespace {

using Kind = MappedLocation::Kind;

struct Exchanged {
  explicit Exchanged(const char* url, const char* off = "", const char* asked = "/api/orders/new",
                     const char* with = "https", const char* host = "acme.test")
      : upstream(std::get<UpstreamTarget>(parse_upstream_url("sales", url))),
        map{upstream, with, host, off, asked} {}

  std::string operator()(std::string_view value) const {
    const MappedLocation mapped = map_location(value, map);
    switch (mapped.kind) {
      case Kind::kLocal:
        return mapped.text;
      case Kind::kForeign:
        return "foreign " + mapped.text;
      case Kind::kMalformed:
        return "malformed";
    }
    return {};
  }

  UpstreamTarget upstream;
  LocationMap map;
};

TEST(Location, MapsPathsAndOriginsOfTheUpstream) {
  const Exchanged to("http://sales.internal:9001");
  const struct {
    const char* from;
    const char* to;
  } rows[] = {
      {"/login?x=1", "/login?x=1"},
      {"item/7", "item/7"},
      {"?page=2", "?page=2"},
      {"#top", "#top"},
      {"../x", "../x"},
      {"item?next=http://x", "item?next=http://x"},
      {"/a/../b", "/a/../b"},
      {"http://sales.internal:9001/a/b", "/a/b"},
      {"HTTP://SALES.internal:9001/a", "/a"},
      {"http://sales.internal:9001", "/"},
      {"http://sales.internal:9001?x", "/?x"},
      {"http://sales.internal:9001#x", "/#x"},
      // The origin announced by the gateway.
      {"https://acme.test/api/orders/7", "/api/orders/7"},
      {"https://ACME.test:443/a?b#c", "/a?b#c"},
      {"https://acme.test./a", "/a"},
      {"//acme.test/a", "/a"},
      {"//sales.internal:9001/a", "/a"},
      // Characters people may write raw.
      {"/caf\xc3\xa9?q=a b", "/caf%C3%A9?q=a%20b"},
  };
  for (const auto& row : rows) EXPECT_EQ(to(row.from), row.to) << row.from;
}

TEST(Location, OtherUrlsAreForeign) {
  const Exchanged to("http://sales.internal:9001");
  const struct {
    const char* from;
    const char* to;
  } rows[] = {
      {"https://evil.example/", "foreign https://evil.example"},
      {"//evil.example/", "foreign https://evil.example"},
      {"http://sales.internal:90011/", "foreign http://sales.internal:90011"},
      {"http://sales.internal:9001.evil.example/",
       "foreign http://sales.internal:9001.evil.example"},
      {"http://sales.internal:9001@evil.example/", "foreign http://evil.example"},
      {"https://acme.test@evil.example/", "foreign https://evil.example"},
      {"https://user:secret@acme.test/", "foreign https://acme.test"},
      {"https://acme.test:444/", "foreign https://acme.test:444"},
      {"https://acme.test.evil.example/", "foreign https://acme.test.evil.example"},
      {"https://acme.test%2eevil.example/", "foreign https://acme.test%2eevil.example"},
      {"http://acme.test/", "foreign http://acme.test"},
      {"http://sales.internal/", "foreign http://sales.internal"},
      {"https://sales.internal:9001/", "foreign https://sales.internal:9001"},
      {"javascript:alert(1)", "foreign javascript:"},
      {"data:text/html,x", "foreign data:"},
      {"mailto:x", "foreign mailto:"},
      {"http:/acme.test/x", "malformed"},
      {"https:acme.test", "malformed"},
      {"https:///evil.example", "malformed"},
      {"///evil.example", "malformed"},
      {"/\\evil.example", "malformed"},
      {"\\\\evil.example", "malformed"},
      {"/\t/evil.example", "malformed"},
      {"/a\x7f", "malformed"},
      {"", "malformed"},
      // A host, after removing the origin.
      {"http://sales.internal:9001//evil.example", "malformed"},
      {"https://acme.test//evil.example", "malformed"},
  };
  for (const auto& row : rows) EXPECT_EQ(to(row.from), row.to) << row.from;
}

TEST(Location, DefaultPortsAreOptional) {
  const Exchanged usual("http://sales");
  EXPECT_EQ(usual("http://sales/a"), "/a");
  EXPECT_EQ(usual("http://sales:80/a"), "/a");
  EXPECT_EQ(usual("http://sales:/a"), "/a");
  EXPECT_EQ(usual("http://sales:8080/a"), "foreign http://sales:8080");
  EXPECT_EQ(usual("http://sales.evil.example/a"), "foreign http://sales.evil.example");
  const Exchanged six("http://[::1]:9001", "", "/a", "http", "[::1]:8080");
  EXPECT_EQ(six("http://[::1]:9001/a"), "/a");
  EXPECT_EQ(six("http://[::1]:8080/a"), "/a");
  EXPECT_EQ(six("http://[::1]:8081/a"), "foreign http://[::1]:8081");
  const Exchanged local("http://127.0.0.1:9", "", "/a", "http", "localhost:8080");
  EXPECT_EQ(local("http://localhost:8080/a"), "/a");
  EXPECT_EQ(local("http://localhost/a"), "foreign http://localhost");
  EXPECT_EQ(local("https://localhost:8080/a"), "foreign https://localhost:8080");
}

TEST(Location, RestoresTheStrippedPrefix) {
  const Exchanged to("http://sales:9001", "/api", "/orders/new?x=/y/z");
  const struct {
    const char* from;
    const char* to;
  } rows[] = {
      {"/orders/7", "/api/orders/7"},
      {"/orders/7?a=/b#c", "/api/orders/7?a=/b#c"},
      {"/", "/api/"},
      {"http://sales:9001/orders/7", "/api/orders/7"},
      {"http://sales:9001", "/api/"},
      // The upstream ignores the prefix: this is its own path.
      {"http://sales:9001/api/orders", "/api/api/orders"},
      {"https://acme.test/orders/7", "/api/orders/7"},
      // The upstream honours X-Forwarded-Prefix.
      {"https://acme.test/api/orders/7", "/api/orders/7"},
      {"/api/orders/7", "/api/orders/7"},
      {"/api", "/api"},
      {"/apiary", "/api/apiary"},
      // Relative to the target the upstream received.
      {"7", "/api/orders/7"},
      {"./7?x", "/api/orders/7?x"},
      {"../x", "/api/x"},
      {"../../../x", "/api/x"},
      {"%2E%2e/x", "/api/x"},
      {".", "/api/orders/"},
      {"..", "/api/"},
      {"?page=2", "?page=2"},
      {"/orders/../../x", "/api/x"},
      {"//evil.example/", "foreign https://evil.example"},
      {"/..//evil.example", "/api//evil.example"},
  };
  for (const auto& row : rows) EXPECT_EQ(to(row.from), row.to) << row.from;
  const Exchanged root("http://sales:9001", "/api", "/");
  EXPECT_EQ(root("orders/7"), "/api/orders/7");
}

TEST(Location, RemovesTheBasePath) {
  const Exchanged to("http://sales:9001/base", "", "/api/x/orders");
  const struct {
    const char* from;
    const char* to;
  } rows[] = {
      {"/base/api/x/orders/7", "/api/x/orders/7"},
      {"/base", "/"},
      {"/base/", "/"},
      {"/base?x", "/?x"},
      {"/basement", "/basement"},
      {"/api/x/orders/7", "/api/x/orders/7"},
      {"orders/7", "/api/x/orders/7"},
      {"../../../../x", "/x"},
      {"http://sales:9001/base/a", "/a"},
      {"http://sales:9001/other", "/other"},
      {"https://acme.test/base/a", "/a"},
      // A host, after removing the base.
      {"/base//evil.example", "malformed"},
      {"/base/..//evil.example", "malformed"},
      {"http://sales:9001/base//evil.example", "malformed"},
  };
  for (const auto& row : rows) EXPECT_EQ(to(row.from), row.to) << row.from;
  const Exchanged both("http://sales:9001/base", "/api", "/orders");
  EXPECT_EQ(both("/base/orders/7"), "/api/orders/7");
  EXPECT_EQ(both("/base"), "/api");
  EXPECT_EQ(both("7"), "/api/7");
  EXPECT_EQ(both("/orders/7"), "/api/orders/7");
}

TEST(Location, AcceptsConfiguredOrigins) {
  Exchanged to("http://10.0.0.5:9001/base");
  to.upstream.origins.push_back(*parse_origin("https://sales.example.com"));
  EXPECT_EQ(to("https://sales.example.com/base/a"), "/a");
  EXPECT_EQ(to("https://SALES.example.com:443/base/a"), "/a");
  EXPECT_EQ(to("http://sales.example.com/base/a"), "foreign http://sales.example.com");
  EXPECT_EQ(to("https://sales.example.com:8443/"), "foreign https://sales.example.com:8443");
  for (const char* wrong : {"", "sales.example.com", "https://sales.example.com/",
                            "https://sales.example.com/x", "https://u@sales.example.com",
                            "https://sales.example.com?x", "ftp://sales.example.com", "https://"}) {
    EXPECT_FALSE(parse_origin(wrong)) << wrong;
  }
}

TEST(Location, MapsLinks) {
  const Exchanged to("http://sales:9001/base", "/api", "/orders");
  EXPECT_EQ(map_links("<http://sales:9001/base/orders?page=2>; rel=\"next\"; title=\"<a>, b\", "
                      "</base/orders?page=9>; rel=last,<https://docs.example/x>; rel=help",
                      to.map),
            "</api/orders?page=2>; rel=\"next\"; title=\"<a>, b\", "
            "</api/orders?page=9>; rel=last,<https://docs.example/x>; rel=help");
  for (const char* same : {"", "<", "<>", "a", "<a", "\"\\", ">", "<//evil.example>"}) {
    EXPECT_EQ(map_links(same, to.map), same);
  }
}

}  // namespace
}  // namespace portcullis::bff
