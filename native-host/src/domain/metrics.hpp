// What the server counts and measures. A port: adapters/prometheus implements it.
//
// Cardinality is bounded by the implementation: a tenant, plugin id or version that set_known() was
// not told of is counted as "unknown", so that a client who invents ids makes no series. Empty
// label values stand for "none".
//
// Calls come from any thread; implementations are thread-safe, do not block and do not fail. The
// names in the comments are the contract (native-host/tests/golden/metrics.txt).
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

class Metrics : public UpstreamMetrics {
 public:
  /// Once per config generation, before it serves. What was known once stays known.
  virtual void set_known(const std::vector<KnownTenant>& tenants) = 0;

  /// One answered request: requests_total{tenant,plugin_id,version,route_kind,code}, where code is
  /// the HTTP status, and request_duration_seconds{tenant,plugin_id,route_kind}.
  virtual void request(const PluginLabels& who, RouteKind kind, unsigned status,
                       std::chrono::nanoseconds took) = 0;
  /// denials_total{tenant,plugin_id,version,reason}.
  virtual void denial(const PluginLabels& who, Code reason) = 0;
  /// bundle_serves_total{...,outcome}: "ok", "not_modified", or a Code's name in lower case; and
  /// bundle_serve_duration_seconds{tenant,plugin_id}.
  virtual void bundle_serve(const PluginLabels& who, std::string_view outcome,
                            std::chrono::nanoseconds took) = 0;
  virtual void telemetry(const PluginLabels& who, std::uint64_t accepted,
                         std::uint64_t dropped) = 0;

  /// pdp_requests_total{outcome}: "ok", "unavailable", "timeout"; pdp_request_duration_seconds.
  virtual void pdp_request(std::string_view outcome, std::chrono::nanoseconds took) = 0;
  /// upstream_circuit_open{upstream}: 1 while calls to it are refused without being tried.
  virtual void upstream_circuit(std::string_view upstream, bool open) = 0;
  /// Its circuit is there from the start, closed, so that an alert sees it open. Changes nothing
  /// else.
  virtual void upstream_known(std::string_view upstream) = 0;

  /// Gauges. stream_opened/closed: streams{tenant,plugin_id,kind}.
  virtual void stream_opened(const PluginLabels& who, std::string_view kind) = 0;
  virtual void stream_closed(const PluginLabels& who, std::string_view kind) = 0;
  /// The whole list: quarantined{tenant,plugin_id} is the number of plugins under those labels, so
  /// 1 or 0, and may be more for "unknown" ones.
  virtual void quarantined(const std::vector<TenantPlugin>& plugins) = 0;
  /// The whole list: plugins_not_served{tenant,reason} counts plugins that are configured and reach
  /// no page. Reasons are those of domain/served.hpp.
  struct Unserved {
    std::string tenant;
    std::string_view reason;
    std::size_t plugins = 0;
  };
  virtual void plugins_not_served(const std::vector<Unserved>& counts) = 0;
  virtual void quarantine_durable(bool durable) = 0;
  virtual void sessions(std::size_t count) = 0;
  virtual void connections(std::int64_t delta) = 0;
  virtual void connection_refused() = 0;
  virtual void config_generation(std::uint64_t generation) = 0;
  /// config_reloads_total{outcome}: "ok" or "rejected".
  virtual void config_reload(bool ok) = 0;
  virtual void login(bool ok) = 0;
  virtual void slow_streams_dropped(std::uint64_t total) = 0;
  /// quota_evictions_total{table,quota}: entries of a shared table that went because their own
  /// account, address or tenant had too many. quota_refusals_total{table,quota}: what was refused
  /// for that reason. `total` since the start; both labels are closed sets.
  virtual void quota_evictions(std::string_view table, std::string_view quota,
                               std::uint64_t total) = 0;
  virtual void quota_refusals(std::string_view table, std::string_view quota,
                              std::uint64_t total) = 0;
  /// body_memory_bytes, body_memory_refusals_total.
  virtual void body_memory(std::size_t held, std::uint64_t refused) = 0;
  /// audit_not_written_total{class}, and audit_denials_suppressed_total over all classes.
  virtual void audit_not_written(std::string_view audit_class, std::uint64_t total) = 0;
  virtual void audit_write_failures(std::uint64_t total) = 0;
};

}  // namespace portcullis::bff
