// Telemetry: what plugins say about themselves (`POST /api/plugins/telemetry`), and the port of
// where it goes (adapters/log/log_telemetry.hpp).
//
// The handler has checked the shape (an array of at most limits::kMaxTelemetryEvents objects).
//
// Contract of every sink (native-host/tests/adapters/log_telemetry_test.cpp):
//   blocking     submit() never blocks; sweep() may.
//   memory       bounded: an event that has no room, or is over the share of its plugin, account or
//                tenant, is dropped, counted in the metrics, and reported by sweep().
//   failure      an event that cannot be delivered is dropped. Nothing fails because of telemetry.
//   order        events of one plugin from one thread keep their order.
// Safe from any thread.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.hpp"

namespace portcullis::bff {

struct TelemetryEvent {
  std::string tenant;
  std::string plugin_id;
  std::string version;
  std::string subject_id;
  std::string request_id;
  std::string name;
  std::string at;          ///< as the plugin said; may be empty
  std::string props_json;  ///< a JSON object's text, or empty
  WallTime received_at;
};

class TelemetrySink {
 public:
  TelemetrySink() = default;
  virtual ~TelemetrySink() = default;
  TelemetrySink(const TelemetrySink&) = delete;
  TelemetrySink& operator=(const TelemetrySink&) = delete;

  /// False when it was dropped.
  virtual bool submit(TelemetryEvent event) = 0;
  /// Once a second: reports what was dropped.
  virtual void sweep() = 0;
  /// How much a plugin may submit in a minute, in bytes. An account and a tenant have shares of
  /// their own, derived from it.
  virtual void set_limit(std::size_t bytes_per_minute) = 0;
};

}  // namespace portcullis::bff
