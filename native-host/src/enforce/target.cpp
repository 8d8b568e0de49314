#include "enforce/target.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "http/static_site.hpp"

namespace portcullis::bff {

namespace {

using Caller = Needs::Caller;
using Csrf = Needs::Csrf;
using Rule = Needs::Rule;
using Stamped = Needs::Stamp;
using What = Target::What;

constexpr Needs kPublic{
    .session = false, .caller = Caller::kAnyone, .rule = Rule::kNone, .stamp = Stamped::kNone};

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

/// Nothing accepts this method; `allow` lists those accepted here.
Target nothing(Target target, std::string_view method, std::string allow) {
  target.what = What::kNothing;
  target.allow = with_options(std::move(allow));
  if (method == "OPTIONS" && !target.allow.empty()) {
    target.what = What::kOptions;
    target.needs.caller = Caller::kAnyone;  // nothing is done or forwarded
    target.needs.rule = Rule::kNone;
  }
  return target;
}

}  // namespace

Target find_target(const Snapshot& snapshot, EndpointSpecs endpoints, std::string_view tenant,
                   std::string_view method, std::string_view path) {
  Target target;
  if (RouteTable::is_host_path(path)) {
    std::string allow;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
      const EndpointSpec& row = endpoints[i];
      if (!matches(row.path, path, target.parameter)) continue;
      target.what = What::kEndpoint;
      target.endpoint = i;
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
    target.what = What::kRoute;
    target.kind = sse ? RouteKind::kSse : RouteKind::kApi;
    target.route = match.rule;
    target.needs.caller =
        match.rule->plugin_required ? Caller::kPluginRequired : Caller::kPluginOptional;
    target.needs.rule = sse ? Rule::kSse : Rule::kApi;
    const bool streams = sse || match.rule->kind == RouteRule::Kind::kStream;
    target.needs.purpose = streams ? Purpose::kStream : Purpose::kCall;
    return target;
  }
  if (!match.other_methods && is_probe(path)) {
    // Asked by machines without a session: answer 404, not 401.
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
  target.what = What::kStatic;
  return target;
}

}  // namespace portcullis::bff
