// The configuration as plain values, immutable once loaded.
//
// A catalogue (catalogue.hpp) builds a Snapshot. Each request holds it through a shared pointer
// until it ends, so that a request never sees two configurations. Mutable parts (bundle cache,
// fixture counters) are thread-safe objects behind pointers. Sessions, quarantine and rate buckets
// are not part of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cidr.hpp"
#include "domain/config_problem.hpp"
#include "domain/plugin.hpp"
#include "domain/route_table.hpp"
#include "domain/trust.hpp"
#include "http/client_address.hpp"
#include "http/head_limits.hpp"
#include "http/security_headers.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

class Fixture;  // lab/: opaque here
struct PdpPolicy;

/// The answer format of /access/v1/evaluation. The batch endpoint always includes both.
enum class AuthzenDialect { kFinal, kSeeds };  // {"decision":true} | {"decision":"Permit"}

/// Whether requests must carry a page's stamp. kOptional: a stamp that is present is verified.
enum class Stamps : std::uint8_t { kOff, kOptional, kRequired };

/// `session` of settings.yaml.
struct SessionSettings {
  std::chrono::minutes idle{60};
  std::chrono::minutes max{480};
  bool streams_keep = true;  ///< an open stream or running call keeps its session active
};

/// `authzen` of settings.yaml.
struct AuthzenSettings {
  AuthzenDialect dialect = AuthzenDialect::kFinal;
  std::string pdp_url;    ///< as written; empty: the embedded PDP
  UpstreamTargetPtr pdp;  ///< null: the embedded PDP; else its address and `timeout`
  std::chrono::milliseconds timeout{2000};
  /// Whether the embedded PDP is used.
  bool embedded() const noexcept { return pdp_url.empty(); }
};

/// Quotas; docs/reliability.md explains each. 0 means derived from another quota where noted.
struct LimitSettings {
  int connections = 10000;
  int connections_per_address = 0;  ///< 0: half of `connections`
  int streams_per_session = 32;
  int streams_per_account = 0;  ///< 0: 256, or `streams_per_session` if larger
  int streams_per_address = 0;  ///< 0: half of `connections`
  int streams_per_tenant = 0;   ///< 0: three quarters of `connections`
  int calls_per_account = 1000;
  int sessions_per_account = 100;
  int sessions_per_address = 10000;
  int sessions_per_tenant = 25000;
  int telemetry_kib_per_minute = 1024;  ///< per plugin; account: a quarter, tenant: four times
  HeadLimits head;                      ///< limits of a request head
  std::size_t json_body_bytes =
      limits::kMaxJsonBodyBytes;  ///< largest JSON body that the server reads
  std::size_t fixture_body_bytes =
      64 * 1024 * 1024;  ///< largest body that a fixture accepts and discards

  /// Memory for request bodies: of the process, per account and per client address.
  std::uint64_t body_memory_kib = 64 * 1024;
  std::uint64_t body_memory_per_account_kib = 4 * 1024;
  std::uint64_t body_memory_per_address_kib = 16 * 1024;

  /// A copy with the derived quotas filled in.
  [[nodiscard]] LimitSettings filled() const;
};

/// Timeouts for clients. Absent: the server's defaults (http/worker.hpp).
struct TimeoutSettings {
  std::optional<std::chrono::milliseconds>
      head;  ///< from the first byte of a request head to the last
  std::optional<std::chrono::milliseconds> idle;   ///< between two requests
  std::optional<std::chrono::milliseconds> body;   ///< without data within a body
  std::optional<std::chrono::milliseconds> write;  ///< without progress while writing an answer
};

/// Limits of the audit log. Per file: size before rotation to NAME.1, and number of rotated files.
/// Per class except operators': lines per second, in total and per client address or account.
struct AuditSettings {
  std::uint64_t max_kib = 64 * 1024;
  unsigned keep = 5;
  unsigned per_second = 200;
  unsigned per_address_per_second = 20;
};

/// `security` of settings.yaml.
struct SecuritySettings : PagePolicy {
  bool insecure_origins = false;  ///< accept http:// origins of any host; for labs without TLS
  /// Whether pages may open windows. Absent: not if the tenant requires stamps.
  std::optional<bool> popups;

  /// Whether documents of a tenant with this `stamps` setting are sandboxed without popups.
  [[nodiscard]] bool refuses_popups(Stamps stamps) const noexcept {
    return popups ? !*popups : stamps == Stamps::kRequired;
  }
};

/// The keys that sign plugins, and the tenants that require signatures.
struct SigningSettings {
  Trust trust;                                        ///< for tenants without settings of their own
  std::map<std::string, Trust, std::less<>> tenants;  ///< by normalised id
  std::vector<std::string> revoked;                   ///< key ids, for all tenants
  bool dev_unsigned = false;  ///< skips all checks; only on localhost, and the page shows it
                              /// The trust settings of a tenant.

  const Trust& of(std::string_view tenant) const {
    const auto own = tenants.find(tenant);
    return own == tenants.end() ? trust : own->second;
  }
};

/// settings.yaml.
struct Settings {
  std::string experience_version;
  SessionSettings session;
  bool lab_login = false;
  Stamps stamps = Stamps::kOptional;  ///< default for tenants
  bool spa_watch = true;              ///< read the page again after it is rebuilt
  AuthzenSettings authzen;
  std::optional<std::filesystem::path> spa_root;  ///< absolute, resolved against the config folder
  Rate rate;                                      ///< default per tenant and plugin
  /// As written: relative to the state folder unless absolute. Empty: bearer tokens are disabled.
  std::filesystem::path operator_token_file;
  std::vector<Cidr> trusted_proxies;
  ForwardedHeader forwarded =
      ForwardedHeader::kAuto;  ///< the header that the trusted proxies write
  LimitSettings limits;
  TimeoutSettings timeouts;
  AuditSettings audit;
  SecuritySettings security;
  SigningSettings signing;
};

/// One lab account of users.yaml. Used only with `lab_login.enabled`.
struct User {
  std::string user;
  std::string password;
  std::string name;
  std::vector<std::string> roles;
  std::vector<std::string> tenants;  ///< normalised; empty: no tenant
  std::string idp;
  std::string provider;    ///< the `provider` of the idp, else its name
  std::string subject_id;  ///< "auth:account:{provider}:{user}"
  Location where;

  /// Whether the account may sign in to this tenant.
  bool may_use(std::string_view tenant) const;
  /// A value that changes with the password. Must not be disclosed.
  std::size_t credential() const;
};

/// An identity provider.
struct Idp {
  std::string name;
  std::string provider;  ///< default: the name
  std::string issuer;
};

/// Design tokens of a tenant's page.
struct Theme {
  std::string name;
  std::map<std::string, std::string> tokens;
  std::map<std::string, std::string> dark;
  std::map<std::string, std::string> light;
  std::string json;  ///< {"name","tokens","dark","light"}: the body of GET /api/configs/ui
  std::string etag;  ///< with quotes
};

/// A tenant with its plugins.
struct Tenant {
  std::string id;  ///< normalised host name
  std::string display_name;
  std::vector<std::string> aliases;  ///< normalised
  /// All listed plugins, including disabled ones. Plugins of other tenants are unknown here.
  std::map<std::string, std::shared_ptr<const Plugin>, std::less<>> plugins;
  std::vector<std::string> order;    ///< plugin ids in the order of plugins.yaml
  bool signatures_required = false;  ///< and verified: false in development mode
  /// The body of GET /api/plugins/manifests if no plugin is left out; see domain/manifests.hpp.
  std::string manifests_json;
  std::string manifests_etag;  ///< with quotes
  Theme theme;
  Stamps stamps = Stamps::kOptional;

  /// The plugin with this id, or null.
  const Plugin* find(std::string_view plugin_id) const {
    const auto found = plugins.find(plugin_id);
    return found == plugins.end() ? nullptr : found->second.get();
  }
};

/// One loaded configuration.
struct Snapshot {
  std::uint64_t generation = 0;  ///< 1 for the first served snapshot, then increasing
  Settings settings;
  std::map<std::string, std::shared_ptr<const Tenant>, std::less<>> tenants;  ///< by id
  std::map<std::string, std::shared_ptr<const Tenant>, std::less<>> hosts;    ///< by id and alias
  RouteTable routes;
  std::map<std::string, UpstreamTargetPtr, std::less<>> upstreams;
  std::map<std::string, std::shared_ptr<const Fixture>, std::less<>> fixtures;
  std::map<std::string, User, std::less<>> users;  ///< by user name; empty without lab login
  std::map<std::string, Idp, std::less<>> idps;
  std::shared_ptr<const PdpPolicy>
      policy;  ///< never null; without policy.yaml it denies everything
  std::vector<ConfigProblem> warnings;
  /// Remarks on a valid configuration: it serves nobody, or parts of it can never be used
  /// (served.hpp).
  std::vector<ConfigProblem> remarks;

  /// The tenant of a normalised host (host_name.hpp), or null.
  const Tenant* tenant_of(std::string_view normalized_host) const {
    const auto found = hosts.find(normalized_host);
    return found == hosts.end() ? nullptr : found->second.get();
  }
  /// Number of plugins of all tenants.
  std::size_t plugin_count() const;
};

}  // namespace portcullis::bff
