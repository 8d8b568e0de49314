// Telemetry events of plugins (`POST /api/plugins/telemetry`), and the port of their destination
// (adapters/log/log_telemetry.hpp).
//
// The endpoint has validated the shape (an array of at most limits::kMaxTelemetryEvents objects).
//
// Contract of every sink (native-host/tests/adapters/log_telemetry_test.cpp):
//   blocking     submit() never blocks; sweep() may.
//   memory       bounded: an event without room, or over the share of its plugin, account or
//                tenant, is dropped, counted in the metrics and reported by sweep().
//   failure      an event that cannot be delivered is dropped. Telemetry never causes a failure.
//   order        events of one plugin from one thread keep their order.
// Thread-safe.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.hpp"

namespace portcullis::bff {

/// One event, with the identity of its sender.
struct TelemetryEvent {
  std::string tenant;
  std::string plugin_id;
  std::string version;
  std::string subject_id;
  std::string request_id;
  std::string name;
  std::string at;          ///< the time that the plugin sent; may be empty
  std::string props_json;  ///< a JSON object, or empty
  WallTime received_at;
};

/// A destination of telemetry.
class TelemetrySink {
 public:
  TelemetrySink() = default;
  virtual ~TelemetrySink() = default;
  TelemetrySink(const TelemetrySink&) = delete;
  TelemetrySink& operator=(const TelemetrySink&) = delete;

  /// Accepts an event. Returns false if it was dropped.
  virtual bool submit(TelemetryEvent event) = 0;
  /// Once a second: reports dropped events.
  virtual void sweep() = 0;
  /// Sets the bytes that a plugin may submit per minute. The shares of an account and of a tenant
  /// are derived from it.
  virtual void set_limit(std::size_t bytes_per_minute) = 0;
};

}  // namespace portcullis::bff
