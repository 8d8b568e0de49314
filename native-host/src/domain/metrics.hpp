// Port: the server's metrics (adapters/prometheus implements it).
//
// The implementation bounds the cardinality: a tenant, plugin id or version that was not passed to
// set_known() is counted as "unknown", so that clients cannot create series by inventing ids. An
// empty label value means none.
//
// Thread-safe; methods do not block and do not fail. The metric names in the comments are the
// contract (native-host/tests/golden/metrics.txt).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/route_kind.hpp"
#include "domain/tenant_key.hpp"
#include "portcullis/codes.hpp"
#include "upstream/upstream_metrics.hpp"

namespace portcullis::bff {

/// A plugin that may appear as a label value.
struct KnownPlugin {
  std::string plugin_id;
  std::string version;
};
/// A tenant that may appear as a label value, with its plugins.
struct KnownTenant {
  std::string tenant;
  std::vector<KnownPlugin> plugins;
};

/// `{tenant, plugin_id, version}`; the views only need to live for the call.
struct PluginLabels {
  std::string_view tenant;
  std::string_view plugin_id;
  std::string_view version;
};

/// The metrics.
class Metrics : public UpstreamMetrics {
 public:
  /// Adds label values. Called once per configuration generation, before it is served. Values are
  /// never removed.
  virtual void set_known(const std::vector<KnownTenant>& tenants) = 0;

  /// One answered request: requests_total{tenant,plugin_id,version,route_kind,code} and
  /// request_duration_seconds{tenant,plugin_id,route_kind}. `code` is the HTTP status.
  virtual void request(const PluginLabels& who, RouteKind kind, unsigned status,
                       std::chrono::nanoseconds took) = 0;
  /// denials_total{tenant,plugin_id,version,reason}.
  virtual void denial(const PluginLabels& who, Code reason) = 0;
  /// bundle_serves_total{...,outcome} and bundle_serve_duration_seconds{tenant,plugin_id}.
  /// `outcome`: "ok", "not_modified" or a Code's name in lower case.
  virtual void bundle_serve(const PluginLabels& who, std::string_view outcome,
                            std::chrono::nanoseconds took) = 0;
  /// telemetry_events_total and telemetry_events_dropped_total{tenant,plugin_id,version}.
  virtual void telemetry(const PluginLabels& who, std::uint64_t accepted,
                         std::uint64_t dropped) = 0;

  /// pdp_requests_total{outcome}: "ok", "unavailable", "timeout"; pdp_request_duration_seconds.
  virtual void pdp_request(std::string_view outcome, std::chrono::nanoseconds took) = 0;
  /// upstream_circuit_open{upstream}: 1 while calls fail without being tried.
  virtual void upstream_circuit(std::string_view upstream, bool open) = 0;
  /// Creates the circuit's series as closed, so that an alert sees it open. No other effect.
  virtual void upstream_known(std::string_view upstream) = 0;

  /// Gauge streams{tenant,plugin_id,kind}.
  virtual void stream_opened(const PluginLabels& who, std::string_view kind) = 0;
  virtual void stream_closed(const PluginLabels& who, std::string_view kind) = 0;
  /// The complete list. quarantined{tenant,plugin_id}: number of quarantined plugins with these
  /// labels; 1 or 0, except for "unknown".
  virtual void quarantined(const std::vector<TenantPlugin>& plugins) = 0;
  /// Number of plugins of a tenant that reach no page for one reason (domain/served.hpp).
  struct Unserved {
    std::string tenant;
    std::string_view reason;
    std::size_t plugins = 0;
  };
  /// The complete list. plugins_not_served{tenant,reason}.
  virtual void plugins_not_served(const std::vector<Unserved>& counts) = 0;
  /// Gauge quarantine_durable: 1 or 0.
  virtual void quarantine_durable(bool durable) = 0;
  /// Gauge sessions.
  virtual void sessions(std::size_t count) = 0;
  /// Gauge connections; `delta` is added.
  virtual void connections(std::int64_t delta) = 0;
  /// connections_refused_total.
  virtual void connection_refused() = 0;
  /// Gauge config_generation.
  virtual void config_generation(std::uint64_t generation) = 0;
  /// config_reloads_total{outcome}: "ok" or "rejected".
  virtual void config_reload(bool ok) = 0;
  /// logins_total{outcome}.
  virtual void login(bool ok) = 0;
  /// slow_streams_dropped_total; `total` counts since the start.
  virtual void slow_streams_dropped(std::uint64_t total) = 0;
  /// quota_evictions_total{table,quota}: entries of a shared table removed because their account,
  /// address or tenant had too many. quota_refusals_total{table,quota}: requests refused for that
  /// reason. `total` counts since the start; both labels are closed sets.
  virtual void quota_evictions(std::string_view table, std::string_view quota,
                               std::uint64_t total) = 0;
  virtual void quota_refusals(std::string_view table, std::string_view quota,
                              std::uint64_t total) = 0;
  /// body_memory_bytes, body_memory_refusals_total.
  virtual void body_memory(std::size_t held, std::uint64_t refused) = 0;
  /// audit_not_written_total{class}, and audit_denials_suppressed_total summed over all classes.
  virtual void audit_not_written(std::string_view audit_class, std::uint64_t total) = 0;
  /// audit_write_failures_total; `total` counts since the start.
  virtual void audit_write_failures(std::uint64_t total) = 0;
};

}  // namespace portcullis::bff
