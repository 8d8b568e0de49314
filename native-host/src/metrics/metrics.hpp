// Every metric of the server, by name. The names are a contract, kept in
// native-host/tests/golden/metrics.txt; `/metrics` on its own listener serves text().
//
// Cardinality is bounded here, not by hope: a tenant, plugin id or version that set_known() was not
// told of is counted as "unknown", so that a client who invents ids makes no series. Series of
// plugins that were known once stay (a counter must not vanish); their number is bounded by what an
// operator configured while the server ran. Empty label values stand for "none".
//
// Hot path: request() is one hash look-up under a shared lock, then atomics (and the histogram's
// own lock); no allocation once a series exists.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"
#include "state/tenant_key.hpp"

namespace portcullis::bff {

struct KnownPlugin {
  std::string plugin_id;
  std::string version;
};
struct KnownTenant {
  std::string tenant;
  std::vector<KnownPlugin> plugins;
};

/// `{tenant, plugin_id, version}`; views only need to live for the call.
struct PluginLabels {
  std::string_view tenant;
  std::string_view plugin_id;
  std::string_view version;
};

/// What kind of thing answered; a closed set, so a label.
enum class RouteKind : std::uint8_t {
  kApi,  ///< a proxied or fixture route, kind api
  kSse,  ///< a proxied or fixture route, kind sse
  kManifests,
  kBundle,
  kOperator,  ///< refresh, quarantine, unquarantine
  kPlugin,    ///< secure-echo, telemetry, health
  kEvents,    ///< host events
  kAccess,    ///< AuthZEN
  kConfigs,
  kAuth,
  kStatic,
  kNone,  ///< nothing was reached: 404, 400, 421, ...
};
[[nodiscard]] std::string_view name(RouteKind kind) noexcept;

class Metrics {
 public:
  explicit Metrics(std::string_view version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Once per config generation, before it serves. What was known once stays known.
  void set_known(const std::vector<KnownTenant>& tenants);

  /// One answered request: requests_total{tenant,plugin_id,version,route_kind,code}, where code is
  /// the HTTP status, and request_duration_seconds{tenant,plugin_id,route_kind}.
  void request(const PluginLabels& who, RouteKind kind, unsigned status,
               std::chrono::nanoseconds took);
  /// denials_total{tenant,plugin_id,version,reason}.
  void denial(const PluginLabels& who, Code reason);
  /// bundle_serves_total{...,outcome}: "ok", "not_modified", or a Code's name in lower case; and
  /// bundle_serve_duration_seconds{tenant,plugin_id}.
  void bundle_serve(const PluginLabels& who, std::string_view outcome,
                    std::chrono::nanoseconds took);
  void telemetry(const PluginLabels& who, std::uint64_t accepted, std::uint64_t dropped);

  /// pdp_requests_total{outcome}: "ok", "unavailable", "timeout"; pdp_request_duration_seconds.
  void pdp_request(std::string_view outcome, std::chrono::nanoseconds took);
  /// upstream_requests_total{upstream,outcome}: "ok" or a Code's name in lower case;
  /// upstream_request_duration_seconds{upstream}. `upstream` is a name of routes.yaml.
  void upstream_request(std::string_view upstream, std::string_view outcome,
                        std::chrono::nanoseconds took);
  void upstream_retry(std::string_view upstream);
  void upstream_connection(std::string_view upstream, bool reused);
  /// upstream_circuit_open{upstream}: 1 while calls to it are refused without being tried.
  void upstream_circuit(std::string_view upstream, bool open);
  /// Its circuit is there from the start, closed, so that an alert sees it open. Changes nothing
  /// else.
  void upstream_known(std::string_view upstream);

  /// Gauges. stream_opened/closed: streams{tenant,plugin_id,kind}.
  void stream_opened(const PluginLabels& who, std::string_view kind);
  void stream_closed(const PluginLabels& who, std::string_view kind);
  /// The whole list: quarantined{tenant,plugin_id} is the number of plugins under those labels, so
  /// 1 or 0, and may be more for "unknown" ones.
  void quarantined(const std::vector<TenantPlugin>& plugins);
  /// The whole list: plugins_not_served{tenant,reason} counts plugins that are configured and reach
  /// no page. Reasons are those of config/served.hpp.
  struct Unserved {
    std::string tenant;
    std::string_view reason;
    std::size_t plugins = 0;
  };
  void plugins_not_served(const std::vector<Unserved>& counts);
  void quarantine_durable(bool durable);
  void sessions(std::size_t count);
  void connections(std::int64_t delta);
  void connection_refused();
  void config_generation(std::uint64_t generation);
  /// config_reloads_total{outcome}: "ok" or "rejected".
  void config_reload(bool ok);
  void login(bool ok);
  void slow_streams_dropped(std::uint64_t total);
  /// quota_evictions_total{table,quota}: entries of a shared table that went because their own
  /// account, address or tenant had too many. quota_refusals_total{table,quota}: what was refused
  /// for that reason. `total` since the start; both labels are closed sets.
  void quota_evictions(std::string_view table, std::string_view quota, std::uint64_t total);
  void quota_refusals(std::string_view table, std::string_view quota, std::uint64_t total);
  /// body_memory_bytes, body_memory_refusals_total.
  void body_memory(std::size_t held, std::uint64_t refused);
  /// audit_not_written_total{class}, and audit_denials_suppressed_total over all classes.
  void audit_not_written(std::string_view audit_class, std::uint64_t total);
  void audit_write_failures(std::uint64_t total);

  /// The exposition, Prometheus text format 0.0.4. `content_type()` goes with it.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::string_view content_type() noexcept {
    return "text/plain; version=0.0.4; charset=utf-8";
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::bff
