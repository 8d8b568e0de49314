// routes.yaml as a table: which upstream or fixture answers a path, and what a caller needs.
//
// It decides only what a path is routed to. Whether the caller may is decided before, in the order
// of judgement; whether its plugin may, by PluginPolicy.
//
// What belongs to the host itself (/auth, /access, /api/plugins, /api/configs) is never found
// here, and a template that would reach it ("/api/*") is a config error: a typing error in the
// host's own API must not become a call to an upstream.
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

struct RouteRule {
  enum class Kind : std::uint8_t {
    kApi,     ///< judged by permissions.api; the answer is no event stream
    kSse,     ///< judged by permissions.sse; the answer is an event stream
    kStream,  ///< judged by permissions.api; the answer may be an event stream
  };

  std::string path;               ///< the template
  std::vector<ParamSpec> params;  ///< shapes, as in a manifest's rule
  std::vector<Method> methods;    ///< never empty; absent in YAML: all six, for sse GET
  Kind kind = Kind::kApi;
  bool plugin_required = true;
  std::string upstream;  ///< name, or empty; exactly one of the two is set
  std::string fixture;
  UpstreamTargetPtr target;                ///< what `upstream` names, or null
  std::shared_ptr<const Fixture> answers;  ///< what `fixture` names, or null
  std::string strip_prefix;  ///< removed from the canonical path before it is forwarded, or empty
  std::vector<std::string> tenants;  ///< normalised; empty: all
  Location where;
  std::string pointer;  ///< in routes.yaml
  /// Request headers that pass besides those that always do: lower-case; the upstream's own ones
  /// are among them.
  std::vector<std::string> forward_headers;

  /// Whether `strip_prefix` is taken off this path.
  bool strips(std::string_view canonical_path) const;
  /// The path that is forwarded for a canonical path that this rule matched: without the stripped
  /// prefix (which ends at a segment boundary), "/" when nothing is left.
  std::string_view forwarded(std::string_view canonical_path) const;
};

class RouteTable {
 public:
  RouteTable() = default;

  struct Match {
    const RouteRule* rule = nullptr;  ///< null: nothing to serve
    bool other_methods = false;       ///< null rule, but another method would match: 405, not 404
    std::string allow;                ///< for the Allow header then: "GET, HEAD, POST"
  };

  /// Literal beats :name beats '*', left to right. `method` as received. A GET route answers HEAD.
  /// Cost: the path's length, whatever the number of routes.
  Match find(std::string_view tenant, std::string_view method,
             std::string_view canonical_path) const;

  /// True for the host's own paths, which no route answers.
  static bool is_host_path(std::string_view canonical_path) noexcept;

  const std::vector<RouteRule>& rules() const noexcept { return rules_; }

  /// Compiles the rules for every tenant. Rules that cannot be compiled, that repeat each other
  /// for a tenant, or that would reach the host's own paths are errors in `problems`. At most
  /// limits::kMaxApiRulesPerPlugin routes per tenant and method.
  static RouteTable build(std::vector<RouteRule> rules, const std::vector<std::string>& tenants,
                          std::vector<ConfigProblem>& problems);

 private:
  /// One list per method, because a list takes limits::kMaxApiRulesPerPlugin rules.
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
