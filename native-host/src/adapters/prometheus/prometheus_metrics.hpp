// The server's metrics in Prometheus text format, served at `/metrics` on a listener of its own.
// Metric names are a contract, kept in native-host/tests/golden/metrics.txt. Thread-safe.
//
// Series persist once created, because a counter must not vanish; their number is bounded by what
// operators configured during the run. request() costs one hash look-up under a shared lock plus
// atomics (and the histogram's lock); nothing is allocated once a series exists.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/metrics.hpp"

namespace portcullis::bff {

/// Implements Metrics; see there for the members.
class PrometheusMetrics final : public Metrics {
 public:
  explicit PrometheusMetrics(std::string_view version);
  ~PrometheusMetrics() override;
  PrometheusMetrics(const PrometheusMetrics&) = delete;
  PrometheusMetrics& operator=(const PrometheusMetrics&) = delete;

  void set_known(const std::vector<KnownTenant>& tenants) override;
  void request(const PluginLabels& who, RouteKind kind, unsigned status,
               std::chrono::nanoseconds took) override;
  void denial(const PluginLabels& who, Code reason) override;
  void bundle_serve(const PluginLabels& who, std::string_view outcome,
                    std::chrono::nanoseconds took) override;
  void telemetry(const PluginLabels& who, std::uint64_t accepted, std::uint64_t dropped) override;
  void pdp_request(std::string_view outcome, std::chrono::nanoseconds took) override;
  void upstream_request(std::string_view upstream, std::string_view outcome,
                        std::chrono::nanoseconds took) override;
  void upstream_retry(std::string_view upstream) override;
  void upstream_connection(std::string_view upstream, bool reused) override;
  void upstream_circuit(std::string_view upstream, bool open) override;
  void upstream_known(std::string_view upstream) override;
  void stream_opened(const PluginLabels& who, std::string_view kind) override;
  void stream_closed(const PluginLabels& who, std::string_view kind) override;
  void quarantined(const std::vector<TenantPlugin>& plugins) override;
  void plugins_not_served(const std::vector<Unserved>& counts) override;
  void quarantine_durable(bool durable) override;
  void sessions(std::size_t count) override;
  void connections(std::int64_t delta) override;
  void connection_refused() override;
  void config_generation(std::uint64_t generation) override;
  void config_reload(bool ok) override;
  void login(bool ok) override;
  void slow_streams_dropped(std::uint64_t total) override;
  void quota_evictions(std::string_view table, std::string_view quota,
                       std::uint64_t total) override;
  void quota_refusals(std::string_view table, std::string_view quota, std::uint64_t total) override;
  void body_memory(std::size_t held, std::uint64_t refused) override;
  void audit_not_written(std::string_view audit_class, std::uint64_t total) override;
  void audit_write_failures(std::uint64_t total) override;

  /// The exposition in Prometheus text format 0.0.4; serve with content_type().
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::string_view content_type() noexcept {
    return "text/plain; version=0.0.4; charset=utf-8";
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::bff
