// Where `POST /api/plugins/telemetry` puts its events: a bounded queue, counted by plugin, written
// to the log as one JSON object per event by a thread of its own. What a plugin says about itself
// never slows a request down, and never grows without bound: when the queue is full, or the plugin,
// the account or the tenant has written its share (log_budget.hpp), events are dropped, counted and
// told.
//
// The handler has checked the shape (an array of at most limits::kMaxTelemetryEvents objects) and
// hands on texts. Control characters of plugins' texts reach the log escaped, as JSON does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bounded_worker.hpp"
#include "base/clock.hpp"
#include "base/log_budget.hpp"

namespace portcullis::bff {

class Metrics;

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
  /// Gets one line of JSON without line break. The default writes it to the log, level info.
  using Output = std::function<void(std::string_view line)>;

  explicit TelemetrySink(Metrics& metrics, Output output = {}, std::size_t capacity = 8192,
                         const Clock& clock = Clock::real());

  /// False when it was dropped.
  bool submit(TelemetryEvent event);
  [[nodiscard]] std::uint64_t dropped() const noexcept { return worker_.dropped(); }
  void flush() { worker_.flush(); }
  /// Once a second: logs what was dropped.
  void sweep();
  LogBudget& budget() noexcept { return budget_; }

 private:
  Metrics& metrics_;
  const Clock& clock_;
  Output output_;
  LogBudget budget_;
  BoundedWorker<TelemetryEvent> worker_;
};

/// The line as it is logged.
[[nodiscard]] std::string to_json_line(const TelemetryEvent& event);

}  // namespace portcullis::bff
