// routes.yaml as a table: which upstream or fixture answers a path, and what a caller needs.
//
// It only selects the route. Whether the caller and its plugin may use it is decided before, in the
// order of judgement, and by PluginPolicy.
//
// The host's own paths (/auth, /access, /api/plugins, /api/configs) are never found here, and a
// template that covers them ("/api/*") is a configuration error: a typo in a host path must not
// become a call to an upstream.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/config_problem.hpp"
#include "portcullis/allow_list.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

class Fixture;  // lab/

/// One route of routes.yaml.
struct RouteRule {
  enum class Kind : std::uint8_t {
    kApi,     ///< judged by permissions.api; the answer is not an event stream
    kSse,     ///< judged by permissions.sse; the answer is an event stream
    kStream,  ///< judged by permissions.api; the answer may be an event stream
  };

  std::string path;               ///< the template
  std::vector<ParamSpec> params;  ///< parameter constraints, as in a manifest's rule
  std::vector<Method> methods;    ///< never empty; default: all six, for sse GET
  Kind kind = Kind::kApi;
  bool plugin_required = true;
  std::string upstream;  ///< name, or empty; exactly one of the two is set
  std::string fixture;
  UpstreamTargetPtr target;                ///< the upstream that `upstream` names, or null
  std::shared_ptr<const Fixture> answers;  ///< the fixture that `fixture` names, or null
  std::string strip_prefix;  ///< removed from the canonical path before forwarding, or empty
  std::vector<std::string> tenants;  ///< normalised; empty: all
  Location where;
  std::string pointer;  ///< in routes.yaml
  /// Request headers forwarded in addition to the default ones, in lower case; includes those of
  /// the upstream.
  std::vector<std::string> forward_headers;

  /// Whether `strip_prefix` is removed from this path.
  bool strips(std::string_view canonical_path) const;
  /// The path to forward for a canonical path that this rule matched: without `strip_prefix` (which
  /// ends at a segment boundary), "/" if nothing is left.
  std::string_view forwarded(std::string_view canonical_path) const;
};

/// The compiled routes of all tenants. Immutable; thread-safe.
class RouteTable {
 public:
  RouteTable() = default;

  /// The result of find().
  struct Match {
    const RouteRule* rule = nullptr;  ///< null: no route
    bool other_methods = false;  ///< no route, but another method would match: 405 instead of 404
    std::string allow;           ///< the Allow header in that case: "GET, HEAD, POST"
  };

  /// Finds the route. Literal segments precede :name, which precedes '*', from left to right.
  /// `method` as received; a GET route also answers HEAD. Linear in the path's length, independent
  /// of the number of routes.
  Match find(std::string_view tenant, std::string_view method,
             std::string_view canonical_path) const;

  /// Whether the path belongs to the host itself; no route answers it.
  static bool is_host_path(std::string_view canonical_path) noexcept;

  /// All compiled rules.
  const std::vector<RouteRule>& rules() const noexcept { return rules_; }

  /// Compiles the rules for all tenants. Appends an error to `problems` for rules that do not
  /// compile, duplicates for a tenant, and rules that cover the host's own paths. At most
  /// limits::kMaxApiRulesPerPlugin routes per tenant and method.
  static RouteTable build(std::vector<RouteRule> rules, const std::vector<std::string>& tenants,
                          std::vector<ConfigProblem>& problems);

 private:
  /// One list per method, because a list holds at most limits::kMaxApiRulesPerPlugin rules.
  struct PerMethod {
    AllowList list;
    std::vector<std::size_t> rule_of;  ///< index in the list -> index in rules_
  };
  using PerTenant = std::array<PerMethod, kMethods>;

  const RouteRule* find_in(const PerTenant& lists, Method method,
                           std::string_view canonical_path) const;

  std::vector<RouteRule> rules_;
  std::map<std::string, std::shared_ptr<const PerTenant>, std::less<>> tenants_;
};

}  // namespace portcullis::bff
