// The configuration as the server reads it: plain values, immutable once loaded.
//
// A catalogue (catalogue.hpp) builds a Snapshot. Every request holds it through a shared pointer
// until the request ends, so that one request never sees two configurations. Nothing in it changes
// after it was built; what has to change (bundle cache, fixture counters) sits behind thread-safe
// objects that it points to.
//
// What a session, a quarantine or a rate bucket says is not here: that is shared state.
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

class Fixture;  // lab/: held, never looked into here
struct PdpPolicy;

/// How /access/v1/evaluation words its answer. The batch always carries both.
enum class AuthzenDialect { kFinal, kSeeds };  // {"decision":true} | {"decision":"Permit"}

/// Whether calls have to carry a page's stamp. Optional: one that is there is checked.
enum class Stamps : std::uint8_t { kOff, kOptional, kRequired };

struct SessionSettings {
  std::chrono::minutes idle{60};
  std::chrono::minutes max{480};
  bool streams_keep = true;  ///< an open stream or running call is use of its session
};

struct AuthzenSettings {
  AuthzenDialect dialect = AuthzenDialect::kFinal;
  std::string pdp_url;    ///< as written; empty: the embedded PDP
  UpstreamTargetPtr pdp;  ///< null: the embedded PDP; else where it is, with `timeout`
  std::chrono::milliseconds timeout{2000};
  bool embedded() const noexcept { return pdp_url.empty(); }
};

/// Quotas; docs/reliability.md lists what each is for. 0 where it says so: made from another one.
struct LimitSettings {
  int connections = 10000;
  int connections_per_address = 0;  ///< 0: half of `connections`
  int streams_per_session = 32;
  int streams_per_account = 0;  ///< 0: 256, or `streams_per_session` when that is more
  int streams_per_address = 0;  ///< 0: half of `connections`
  int streams_per_tenant = 0;   ///< 0: three quarters of `connections`
  int calls_per_account = 1000;
  int sessions_per_account = 100;
  int sessions_per_address = 10000;
  int sessions_per_tenant = 25000;
  int telemetry_kib_per_minute = 1024;  ///< of a plugin; an account a quarter, a tenant four times
  HeadLimits head;                      ///< of a request's head
  std::size_t json_body_bytes = limits::kMaxJsonBodyBytes;  ///< what the server reads as JSON
  std::size_t fixture_body_bytes = 64 * 1024 * 1024;  ///< what a fixture takes and throws away

  /// Of request bodies in memory: of all, of one session, of one client address.
  std::uint64_t body_memory_kib = 64 * 1024;
  std::uint64_t body_memory_per_account_kib = 4 * 1024;
  std::uint64_t body_memory_per_address_kib = 16 * 1024;

  /// What the zeros mean.
  [[nodiscard]] LimitSettings filled() const;
};

/// How long a client may take. Absent: the server's own (http/worker.hpp).
struct TimeoutSettings {
  std::optional<std::chrono::milliseconds> head;   ///< first byte to last of a request's head
  std::optional<std::chrono::milliseconds> idle;   ///< between two requests
  std::optional<std::chrono::milliseconds> body;   ///< silence within a body
  std::optional<std::chrono::milliseconds> write;  ///< not reading an answer
};

/// Of each file of the audit log: when it becomes NAME.1, and how many of those are kept. Of each
/// class but the operators': how many lines a second, and of one client address or account.
struct AuditSettings {
  std::uint64_t max_kib = 64 * 1024;
  unsigned keep = 5;
  unsigned per_second = 200;
  unsigned per_address_per_second = 20;
};

struct SecuritySettings : PagePolicy {
  bool insecure_origins = false;  ///< accept http:// origins of any host; for labs behind no TLS
  /// Whether pages may open windows. Nullopt: not where the tenant's stamps are required.
  std::optional<bool> popups;

  /// Whether the documents of a tenant with these `stamps` are sandboxed without popups.
  [[nodiscard]] bool refuses_popups(Stamps stamps) const noexcept {
    return popups ? !*popups : stamps == Stamps::kRequired;
  }
};

/// Which keys sign plugins, and who has to have them signed.
struct SigningSettings {
  Trust trust;                                        ///< of tenants that say nothing
  std::map<std::string, Trust, std::less<>> tenants;  ///< by normalised id
  std::vector<std::string> revoked;                   ///< ids of keys, whoever lists them
  bool dev_unsigned = false;  ///< nothing is checked; only on localhost, and the page says so

  const Trust& of(std::string_view tenant) const {
    const auto own = tenants.find(tenant);
    return own == tenants.end() ? trust : own->second;
  }
};

struct Settings {
  std::string experience_version;
  SessionSettings session;
  bool lab_login = false;
  Stamps stamps = Stamps::kOptional;  ///< of tenants that say nothing else
  bool spa_watch = true;              ///< read the page again when it is built anew
  AuthzenSettings authzen;
  std::optional<std::filesystem::path> spa_root;  ///< made absolute against the config folder
  Rate rate;                                      ///< default per tenant and plugin
  /// As written: relative to the state folder, unless absolute. Empty: bearer tokens are off.
  std::filesystem::path operator_token_file;
  std::vector<Cidr> trusted_proxies;
  ForwardedHeader forwarded = ForwardedHeader::kAuto;  ///< which header those write
  LimitSettings limits;
  TimeoutSettings timeouts;
  AuditSettings audit;
  SecuritySettings security;
  SigningSettings signing;
};

/// One lab account of users.yaml. Only read when `lab_login.enabled`.
struct User {
  std::string user;
  std::string password;
  std::string name;
  std::vector<std::string> roles;
  std::vector<std::string> tenants;  ///< normalised; empty: may log in nowhere
  std::string idp;
  std::string provider;    ///< of the idp: its `provider`, else its name
  std::string subject_id;  ///< "auth:account:{provider}:{user}"
  Location where;

  bool may_use(std::string_view tenant) const;
  /// Another one when the password is another one. Not for telling anybody.
  std::size_t credential() const;
};

struct Idp {
  std::string name;
  std::string provider;  ///< falls back to the name
  std::string issuer;
};

struct Theme {
  std::string name;
  std::map<std::string, std::string> tokens;
  std::map<std::string, std::string> dark;
  std::map<std::string, std::string> light;
  std::string json;  ///< {"name","tokens","dark","light"}, as GET /api/configs/ui answers
  std::string etag;  ///< with its quotes
};

struct Tenant {
  std::string id;  ///< normalised host name
  std::string display_name;
  std::vector<std::string> aliases;  ///< normalised
  /// Every listed plugin, disabled ones too. A plugin of another tenant is unknown here.
  std::map<std::string, std::shared_ptr<const Plugin>, std::less<>> plugins;
  std::vector<std::string> order;    ///< plugin ids as plugins.yaml lists them
  bool signatures_required = false;  ///< and checked: false in the development mode
  /// GET /api/plugins/manifests while nothing is left out; see domain/manifests.hpp.
  std::string manifests_json;
  std::string manifests_etag;  ///< with its quotes
  Theme theme;
  Stamps stamps = Stamps::kOptional;

  const Plugin* find(std::string_view plugin_id) const {
    const auto found = plugins.find(plugin_id);
    return found == plugins.end() ? nullptr : found->second.get();
  }
};

struct Snapshot {
  std::uint64_t generation = 0;  ///< 1 for the first that is served, then counting up
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
  /// Of a valid configuration: that it serves nobody, and what of it can never come into use
  /// (served.hpp).
  std::vector<ConfigProblem> remarks;

  /// The tenant of an already normalised host (host_name.hpp), or null.
  const Tenant* tenant_of(std::string_view normalized_host) const {
    const auto found = hosts.find(normalized_host);
    return found == hosts.end() ? nullptr : found->second.get();
  }
  std::size_t plugin_count() const;
};

}  // namespace portcullis::bff
