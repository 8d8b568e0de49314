#include "enforce/target.hpp"

#include <algorithm>
#include <array>

#include "http/ascii.hpp"
#include "http/static_site.hpp"

namespace portcullis::bff {

namespace {

using Caller = Needs::Caller;
using Csrf = Needs::Csrf;
using Rule = Needs::Rule;
using Stamped = Needs::Stamp;

struct Row {
  std::string_view method;
  std::string_view path;  // "/{id}" at the end: one more segment
  Endpoint endpoint;
  RouteKind kind;
  Needs needs;
};

// A call that is stamped with a plugin's id is that plugin's call, wherever it goes: the host's own
// endpoints have no rule that could allow it (reserved.hpp), so it is an ALLOWLIST_VIOLATION there.
constexpr Needs kHostCall{};
constexpr Needs kPluginCall{.caller = Caller::kPluginRequired};
constexpr Needs kUnruled{.caller = Caller::kPluginRequired, .rule = Rule::kNone};
constexpr Needs kOperator{.operator_role = true, .caller = Caller::kHostOnly};
constexpr Needs kAuthzen{.rule = Rule::kNone};
constexpr Needs kTheme{.rule = Rule::kSse};
// Before there is a session there is no page key; the session's own endpoints tell and end no more
// than the cookie's owner may.
constexpr Needs kAuth{.caller = Caller::kHostOnly, .stamp = Stamped::kNone};
constexpr Needs kAskNeeds{
    .csrf = Csrf::kLogin, .caller = Caller::kHostOnly, .stamp = Stamped::kNone};
constexpr Needs kLoginNeeds{
    .session = false, .csrf = Csrf::kLogin, .caller = Caller::kHostOnly, .stamp = Stamped::kNone};
constexpr Needs kPublic{
    .session = false, .caller = Caller::kAnyone, .rule = Rule::kNone, .stamp = Stamped::kNone};
// The trade is how a page gets what it stamps with; its state changes carry a MAC of their own.
constexpr Needs kPageKey{.caller = Caller::kHostOnly, .stamp = Stamped::kNone};
constexpr Needs kPageKeyRenew{.caller = Caller::kHostOnly, .stamp = Stamped::kAlways};

constexpr std::array<Row, 20> kRows{{
    {"GET", "/api/plugins/manifests", Endpoint::kManifests, RouteKind::kManifests, kHostCall},
    {"GET", "/api/plugins/bundle", Endpoint::kBundle, RouteKind::kBundle, kHostCall},
    {"POST", "/api/plugins/refresh", Endpoint::kRefresh, RouteKind::kOperator, kOperator},
    {"POST", "/api/plugins/quarantine/{id}", Endpoint::kQuarantine, RouteKind::kOperator,
     kOperator},
    {"POST", "/api/plugins/unquarantine/{id}", Endpoint::kUnquarantine, RouteKind::kOperator,
     kOperator},
    {"GET", "/api/plugins/quarantine", Endpoint::kQuarantineList, RouteKind::kOperator, kOperator},
    {"GET", "/api/plugins/secure-echo", Endpoint::kSecureEcho, RouteKind::kPlugin, kPluginCall},
    {"POST", "/api/plugins/telemetry", Endpoint::kTelemetry, RouteKind::kPlugin, kUnruled},
    {"GET", "/api/plugins/health/{id}", Endpoint::kHealth, RouteKind::kPlugin, kHostCall},
    {"GET", "/api/plugins/events", Endpoint::kEvents, RouteKind::kEvents, kHostCall},
    {"GET", "/api/configs/ui", Endpoint::kConfigUi, RouteKind::kConfigs, kHostCall},
    {"GET", "/api/configs/stream", Endpoint::kConfigStream, RouteKind::kConfigs, kTheme},
    {"POST", "/access/v1/evaluation", Endpoint::kEvaluation, RouteKind::kAccess, kAuthzen},
    {"POST", "/access/v1/evaluations", Endpoint::kEvaluations, RouteKind::kAccess, kAuthzen},
    {"POST", "/auth/login", Endpoint::kLogin, RouteKind::kAuth, kLoginNeeds},
    {"POST", "/auth/logout", Endpoint::kLogout, RouteKind::kAuth, kAuth},
    {"GET", "/auth/session", Endpoint::kSession, RouteKind::kAuth, kAskNeeds},
    {"POST", "/api/plugins/page-key", Endpoint::kPageKey, RouteKind::kAuth, kPageKey},
    {"POST", "/api/plugins/page-key/renew", Endpoint::kPageKeyRenew, RouteKind::kAuth,
     kPageKeyRenew},
    {"POST", "/api/plugins/page-key/state", Endpoint::kPageKeyState, RouteKind::kAuth, kPageKey},
}};

bool matches(std::string_view pattern, std::string_view path, std::string_view& parameter) {
  constexpr std::string_view kId = "{id}";
  if (pattern.size() < kId.size() || pattern.substr(pattern.size() - kId.size()) != kId) {
    return pattern == path;
  }
  const std::string_view prefix = pattern.substr(0, pattern.size() - kId.size());
  if (path.size() <= prefix.size() || path.substr(0, prefix.size()) != prefix) return false;
  parameter = path.substr(prefix.size());
  return parameter.find('/') == std::string_view::npos;
}

bool takes(std::string_view row_method, std::string_view method) {
  return row_method == method || (row_method == "GET" && method == "HEAD");
}

std::string with_options(std::string allow) { return allow.empty() ? allow : allow + ", OPTIONS"; }

/// Nothing that takes this method; `allow` are those that something takes here.
Target nothing(Target target, std::string_view method, std::string allow) {
  target.endpoint = Endpoint::kNothing;
  target.allow = with_options(std::move(allow));
  if (method == "OPTIONS" && !target.allow.empty()) {
    target.endpoint = Endpoint::kOptions;
    target.needs.caller = Caller::kAnyone;  // nothing is done, and nothing is forwarded
    target.needs.rule = Rule::kNone;
  }
  return target;
}

}  // namespace

Target find_target(const Snapshot& snapshot, std::string_view tenant, std::string_view method,
                   std::string_view path) {
  Target target;
  if (RouteTable::is_host_path(path)) {
    std::string allow;
    for (const Row& row : kRows) {
      if (!matches(row.path, path, target.parameter)) continue;
      target.endpoint = row.endpoint;
      target.kind = row.kind;
      target.needs = row.needs;
      if (takes(row.method, method)) return target;
      if (!allow.empty()) allow += ", ";
      allow += row.method == "GET" ? "GET, HEAD" : row.method;
    }
    return nothing(std::move(target), method, std::move(allow));
  }
  RouteTable::Match match = snapshot.routes.find(tenant, method, path);
  if (match.rule != nullptr) {
    const bool sse = match.rule->kind == RouteRule::Kind::kSse;
    target.endpoint = Endpoint::kRoute;
    target.kind = sse ? RouteKind::kSse : RouteKind::kApi;
    target.route = match.rule;
    target.needs.caller =
        match.rule->plugin_required ? Caller::kPluginRequired : Caller::kPluginOptional;
    target.needs.rule = sse ? Rule::kSse : Rule::kApi;
    return target;
  }
  if (!match.other_methods && is_probe(path)) {
    // Asked by machines that have no session: not there, rather than not for them.
    target.kind = RouteKind::kStatic;
    target.needs = kPublic;
    target.needs.csrf = Csrf::kLogin;
    return nothing(std::move(target), method, {});
  }
  if (match.other_methods || !spa_may_answer(path)) {
    return nothing(std::move(target), method, std::move(match.allow));
  }
  target.kind = RouteKind::kStatic;
  target.needs = kPublic;
  if (!takes("GET", method)) {
    target.needs.csrf = Csrf::kLogin;
    return nothing(std::move(target), method, "GET, HEAD");
  }
  target.endpoint = Endpoint::kStatic;
  return target;
}

}  // namespace portcullis::bff
