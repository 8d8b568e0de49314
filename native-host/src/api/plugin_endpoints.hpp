// /api/plugins for pages and plugins: manifests, bundles, secure-echo, telemetry, health.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/json_bodies.hpp"
#include "api/request_context.hpp"
#include "base/query.hpp"
#include "domain/audit_log.hpp"
#include "domain/health.hpp"
#include "domain/metrics.hpp"
#include "domain/quarantine.hpp"
#include "domain/telemetry_sink.hpp"

namespace portcullis::bff {

/// Members may be called only after judge() has allowed the call.
class PluginEndpoints {
 public:
  struct Parts {
    const Clock& clock;
    const Quarantine& quarantine;
    Metrics& metrics;
    AuditLog& audit;
    HealthBoard& health;
    TelemetrySink& telemetry;
    JsonBodies bodies;
  };
  explicit PluginEndpoints(Parts parts) : parts_(parts) {}

  /// GET /api/plugins/manifests
  [[nodiscard]] Response manifests(RequestContext& call) const;
  /// GET /api/plugins/bundle
  [[nodiscard]] Response bundle(RequestContext& call) const;
  /// GET /api/plugins/secure-echo
  [[nodiscard]] Response secure_echo(RequestContext& call) const;
  /// GET /api/plugins/health/{id}
  [[nodiscard]] boost::asio::awaitable<void> health(RequestContext& call) const;
  /// POST /api/plugins/telemetry
  [[nodiscard]] boost::asio::awaitable<void> telemetry(RequestContext& call);

 private:
  [[nodiscard]] Response serve(RequestContext& call, const Plugin& plugin, const Query& query,
                               std::string& outcome) const;
  void audit_violation(RequestContext& call, const TelemetryEvent& event);

  Parts parts_;
};

}  // namespace portcullis::bff
