#include "domain/route_table.hpp"

#include <gtest/gtest.h>

#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;
using testing::Marked;
using testing::problems_with;

constexpr const char* kFixtures = R"(fixtures:
  f: { responses: [ { path: /x } ] }
  s: { stream: { events: [ { data: x } ] } }
)";

LoadResult load(const std::string& routes) {
  const ConfigFolder folder;
  folder.write("plugins.yaml", "tenants:\n  a.test: []\n  b.test: []\n");
  folder.write("fixtures.yaml", kFixtures);
  folder.write("routes.yaml", routes);
  return folder.load();
}

TEST(RouteTable, FindsTheMostLiteralRoute) {
  const LoadResult result = load(R"(
upstreams:
  sales: { url: "http://127.0.0.1:9001", connect_timeout_ms: 5, timeout_ms: 50 }
routes:
  - { path: /api/sales/*, upstream: sales }
  - { path: /api/sales/:id, params: { id: int }, fixture: f }
  - { path: /api/sales/special, methods: [GET], fixture: f }
  - { path: /events/orders, kind: sse, fixture: s, plugin: optional }
  - { path: /api/crud/*, upstream: sales, strip_prefix: /api/crud, tenants: [b.test] }
)");
  ASSERT_TRUE(result.ok()) << to_string(result.problems.at(0));
  const RouteTable& table = result.snapshot->routes;
  const auto found = [&](const char* tenant, const char* method, const char* path) {
    const RouteTable::Match match = table.find(tenant, method, path);
    if (match.rule != nullptr) return match.rule->path;
    return match.other_methods ? "405 " + match.allow : std::string("404");
  };
  EXPECT_EQ(found("a.test", "GET", "/api/sales/special"), "/api/sales/special");
  EXPECT_EQ(found("a.test", "HEAD", "/api/sales/special"), "/api/sales/*");
  EXPECT_EQ(found("a.test", "POST", "/api/sales/special"), "/api/sales/*");
  EXPECT_EQ(found("a.test", "GET", "/api/sales/42"), "/api/sales/:id");
  EXPECT_EQ(found("a.test", "GET", "/api/sales/x/y"), "/api/sales/*");
  EXPECT_EQ(found("a.test", "GET", "/api/sales"), "404");
  EXPECT_EQ(found("a.test", "GET", "/api/salesforce"), "404");
  EXPECT_EQ(found("a.test", "POST", "/events/orders"), "405 GET, HEAD");
  EXPECT_EQ(found("a.test", "OPTIONS", "/events/orders"), "405 GET, HEAD");
  EXPECT_EQ(found("a.test", "GET", "/api/crud/x"), "404");
  EXPECT_EQ(found("b.test", "GET", "/api/crud/x"), "/api/crud/*");
  EXPECT_EQ(found("c.test", "GET", "/api/sales/x"), "404");

  const RouteRule& orders = *table.find("a.test", "GET", "/events/orders").rule;
  EXPECT_EQ(orders.kind, RouteRule::Kind::kSse);
  EXPECT_FALSE(orders.plugin_required);
  ASSERT_TRUE(orders.answers);
  const RouteRule& crud = *table.find("b.test", "GET", "/api/crud/x").rule;
  EXPECT_EQ(crud.forwarded("/api/crud/x"), "/x");
  EXPECT_EQ(crud.forwarded("/api/crudx"), "/api/crudx");
  ASSERT_TRUE(crud.target);
  EXPECT_EQ(crud.target->port, 9001);
  EXPECT_EQ(crud.target->timeout.count(), 50);
}

TEST(RouteTable, NeverShadowsTheHost) {
  for (const char* path : {"/auth/login", "/auth", "/access/v1/evaluation", "/api/plugins/refresh",
                           "/api/plugins/secure-echo", "/api/configs/ui"}) {
    EXPECT_TRUE(RouteTable::is_host_path(path)) << path;
  }
  for (const char* path : {"/authx", "/api/pluginsx", "/api", "/api/config", "/"}) {
    EXPECT_FALSE(RouteTable::is_host_path(path)) << path;
  }
  for (const char* path : {"/api/*", "/auth/x", "/api/:x/*", "/*", "/api/plugins/secure-echo",
                           "/api/configs/ui", "/:a/login", "/access/*"}) {
    EXPECT_EQ(
        brief(load("routes:\n  - { path: \"" + std::string(path) + "\", fixture: f }\n").problems),
        Lines{"routes.yaml:2:5 TEMPLATE_RESERVED"})
        << path;
  }
}

TEST(RouteTable, RejectsDuplicateRoutes) {
  EXPECT_EQ(
      brief(load("routes:\n  - { path: /x/:a, fixture: f }\n  - { path: /x/:b, fixture: f }\n")
                .problems),
      Lines{"routes.yaml:3:5 TEMPLATE_DUPLICATE_RULE"});
  EXPECT_TRUE(load("routes:\n  - { path: /x, fixture: f, tenants: [a.test] }\n"
                   "  - { path: /x, fixture: f, tenants: [b.test] }\n")
                  .ok());
  EXPECT_TRUE(load("routes:\n  - { path: /x, fixture: f, methods: [GET] }\n"
                   "  - { path: /x, fixture: f, methods: [POST] }\n")
                  .ok());
}

TEST(Routes, ReportProblems) {
  struct Row {
    const char* route;
    const char* code;
  };
  for (const Row& row : {
           Row{"^{ path: /x }", "CONFIG_REQUIRED"},
           Row{"{ path: /x, fixture: f, upstream: ^u }", "CONFIG_REQUIRED"},
           Row{"{ path: /x, upstream: ^u }", "CONFIG_DANGLING"},
           Row{"{ path: /x, fixture: ^g }", "CONFIG_DANGLING"},
           Row{"{ path: /x, fixture: ^f, kind: sse }", "CONFIG_BAD_VALUE"},
           Row{"{ path: /x, fixture: f, kind: ^ssee }", "CONFIG_BAD_VALUE"},
           Row{"{ path: /x, fixture: f, plugin: ^no }", "CONFIG_BAD_VALUE"},
           Row{"{ path: /x, fixture: f, methods: ^[get, GET] }", "MANIFEST_BAD_METHOD"},
           Row{"{ path: /x, fixture: f, methods: ^[] }", "CONFIG_BAD_VALUE"},
           Row{"{ path: /x, fixture: s, kind: sse, methods: ^[GET, POST] }", "CONFIG_BAD_VALUE"},
           Row{"{ path: /x, fixture: f, tenants: ^[a.test, c.test] }", "CONFIG_DANGLING"},
           Row{"{ path: /x, fixture: f, tenants: ^[] }", "CONFIG_BAD_VALUE"},
           Row{"^{ path: /x/../y, fixture: f }", "TEMPLATE_NOT_CANONICAL"},
           Row{"{ path: /x, fixture: f, strip_prefix: ^/y }", "CONFIG_BAD_VALUE"},
           Row{"{ path: /xy/z, fixture: f, strip_prefix: ^/x }", "CONFIG_BAD_VALUE"},
           Row{"{ path: /x/y, fixture: f, strip_prefix: ^/x/ }", "CONFIG_BAD_VALUE"},
       }) {
    const Marked routes("routes:\n  - " + std::string(row.route) + '\n');
    EXPECT_EQ(brief(load(routes.text).problems), routes.expect("routes.yaml", row.code))
        << row.route;
  }
}

TEST(Routes, SupportTheShapesOfManifests) {
  const Marked routes("routes:\n  - { path: /x/:a, fixture: f, params: { a: ^uid } }\n");
  EXPECT_EQ(brief(load(routes.text).problems),
            routes.expect("routes.yaml", "TEMPLATE_UNKNOWN_SHAPE"));
  EXPECT_TRUE(load("routes:\n  - { path: /x/:a, fixture: f, params: { a: [b, c] } }\n"
                   "  - { path: /y/:a, fixture: f, params: { a: { regex: \"[a-z]+\" } } }\n")
                  .ok());
}

TEST(Routes, RejectInvalidUpstreamUrls) {
  for (const char* url : {"ftp://a", "http://user:pw@a", "http://a?b", "nope", "//a"}) {
    const Lines lines =
        problems_with("routes.yaml", "upstreams:\n  u: { url: \"" + std::string(url) +
                                         "\" }\n"
                                         "routes:\n  - { path: /x, upstream: u }\n");
    EXPECT_EQ(lines, Lines{"routes.yaml:2:13 CONFIG_BAD_VALUE"})
        << url;  // and not reported as dangling as well
  }
}

}  // namespace
}  // namespace portcullis::bff
