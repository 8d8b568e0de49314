// Runs spec/vectors against the server: the bytes of a request line go through its parser and order
// of judgement and must match the core's answers, so that page and server cannot disagree.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "api/endpoint_table.hpp"
#include "base/clock.hpp"
#include "enforce/judging.hpp"
#include "judge_bench.hpp"
#include "request_text.hpp"

namespace portcullis::bff {
namespace {

using nlohmann::json;

json rows_of(const std::string& file) {
  std::ifstream in(std::string(PORTCULLIS_SPEC_DIR) + "/vectors/" + file);
  return json::parse(in)["rows"];
}

/// Bytes that end or split a request line cannot be part of a target.
bool fits_a_request_line(const std::string& target) {
  return !target.empty() &&
         target.find_first_of(std::string("\0\r\n \t", 5)) == std::string::npos && target != "*" &&
         target.find("://") == std::string::npos;
}

class ServerVectors : public ::testing::Test {
 protected:
  /// A configuration with one tenant, this plugin and one route.
  static std::shared_ptr<const Snapshot> snapshot_with(const json& manifest, RouteRule::Kind kind,
                                                       const std::string& route = "/api/sales/*") {
    auto parsed = parse_manifest(manifest.dump());
    if (!parsed.ok()) return nullptr;
    auto tenant = std::make_shared<Tenant>();
    tenant->id = "localhost";
    tenant->plugins["p"] =
        std::shared_ptr<const Plugin>(new Plugin{.manifest = *parsed.manifest,
                                                 .policy = std::move(*parsed.policy),
                                                 .enabled = true,
                                                 .rate = Rate{0, 1},
                                                 .where = {},
                                                 .tenant = "localhost",
                                                 .bundle_file = {},
                                                 .declared = {},
                                                 .promised = {},
                                                 .bundle_url = {},
                                                 .manifest_json = {},
                                                 .bundles = nullptr,
                                                 .signature_status = nullptr});
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->tenants["localhost"] = tenant;
    snapshot->hosts["localhost"] = tenant;
    RouteRule rule;
    rule.path = route;
    rule.methods = {Method::kGet};
    if (kind == RouteRule::Kind::kApi) {
      rule.methods = {Method::kGet, Method::kHead,  Method::kPost,
                      Method::kPut, Method::kPatch, Method::kDelete};
    }
    rule.kind = kind;
    rule.fixture = "f";
    std::vector<ConfigProblem> problems;
    snapshot->routes = RouteTable::build({rule}, {"localhost"}, problems);
    // The path cannot be a route (reserved, or with template characters).
    if (!problems.empty()) return nullptr;
    return snapshot;
  }

  Judgement ask(const Snapshot& snapshot, const std::string& method, const std::string& target) {
    parsed_ = testing::parse_raw(method + " " + target +
                                 " HTTP/1.1\r\nHost: localhost\r\nX-Plugin-Id: p\r\nOrigin: "
                                 "http://localhost\r\nX-CSRF-Token: " +
                                 session_->csrf_token +
                                 "\r\nCookie: __Host-portcullis=" + session_->id + "\r\n\r\n");
    Judgement judgement;
    judgement.code = parsed_.code;
    if (parsed_.code != Code::kAllowed) return judgement;
    return bench_.judge(parsed_.request, snapshot);
  }

  testing::JudgeBench bench_;
  SessionPtr session_ = bench_.sign_in({});
  testing::ParsedRequest parsed_;
};

json manifest_with(json permissions) {
  return {{"id", "p"},
          {"version", "1.0.0"},
          {"engine", {{"experience", ">=1.0.0"}}},
          {"contributions", {{"routes", json::array()}, {"widgets", json::array()}}},
          {"permissions", std::move(permissions)}};
}

TEST_F(ServerVectors, CanonicalPaths) {
  const auto snapshot = snapshot_with(
      manifest_with({{"api", json::array()}, {"sse", json::array()}}), RouteRule::Kind::kApi);
  std::size_t asked = 0;
  for (const json& row : rows_of("canonical_path.json")) {
    const std::string target = row["in"]["target"];
    if (!fits_a_request_line(target)) continue;
    const Judgement judgement = ask(*snapshot, "GET", target);
    ++asked;
    if (row["out"]["ok"]) {
      EXPECT_EQ(judgement.path(), row["out"]["path"].get<std::string>()) << row["name"];
      EXPECT_EQ(judgement.has_query(), !row["out"]["query"].is_null()) << row["name"];
    } else {
      EXPECT_EQ(name(judgement.code), row["out"]["code"].get<std::string>()) << row["name"];
    }
  }
  EXPECT_GT(asked, 100U);
}

TEST_F(ServerVectors, Decisions) {
  std::size_t asked = 0;
  for (const char* file : {"allow_list.json", "decision.json"}) {
    for (const json& row : rows_of(file)) {
      json manifest = row["in"]["manifest"];
      if (!manifest.is_object()) continue;
      manifest["id"] = "p";
      const std::string target = row["in"]["target"];
      const std::string method = row["in"]["method"];
      const auto snapshot = snapshot_with(manifest, RouteRule::Kind::kApi);
      if (!snapshot || !fits_a_request_line(target) || !parse_method(method)) continue;
      const Judgement judgement = ask(*snapshot, method, target);
      // Endpoints that need no rule.
      if (judgement.target.needs.rule == Needs::Rule::kNone) continue;
      ++asked;
      const bool allowed = row["out"]["allowed"];
      // Missing routes are reported only to callers whose rules allow the path.
      const bool let_through = judgement.allowed() || judgement.code == Code::kRouteNotFound ||
                               judgement.code == Code::kMethodNotAllowed;
      EXPECT_EQ(let_through, allowed) << row["name"] << " " << name(judgement.code);
      if (judgement.code == Code::kPluginIdentityRefused) continue;
      if (allowed) continue;
      EXPECT_EQ(name(judgement.code), row["out"]["code"].get<std::string>()) << row["name"];
    }
  }
  EXPECT_GT(asked, 60U);
}

TEST_F(ServerVectors, Topics) {
  std::size_t asked = 0;
  for (const json& row : rows_of("topics.json")) {
    const std::string topic = row["in"]["topic"];
    // A manifest with such a prefix is rejected as a whole; the row is about the lenient form.
    CanonicalPath path;
    const bool canonical = canonicalize(topic, path) == Code::kAllowed;
    const auto snapshot =
        snapshot_with(manifest_with({{"api", json::array()}, {"sse", row["in"]["prefixes"]}}),
                      RouteRule::Kind::kSse, canonical ? std::string(path.path()) : "/events/x");
    if (!snapshot || !fits_a_request_line(topic)) continue;
    const Judgement judgement = ask(*snapshot, "GET", topic);
    if (RouteTable::is_host_path(judgement.path()) || judgement.path() == "/") continue;
    ++asked;
    EXPECT_EQ(name(judgement.code), row["out"]["code"].get<std::string>()) << row["name"];
  }
  EXPECT_GT(asked, 20U);
}

}  // namespace
}  // namespace portcullis::bff
