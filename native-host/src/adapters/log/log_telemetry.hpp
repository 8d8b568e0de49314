// Telemetry to the server's log: a bounded queue, written by its own thread as one JSON object per
// event. Control characters are escaped by JSON. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/bounded_worker.hpp"
#include "base/log_budget.hpp"
#include "domain/telemetry_sink.hpp"

namespace portcullis::bff {

class Metrics;

/// The sink that logs events.
class LogTelemetry final : public TelemetrySink {
 public:
  /// Receives one line of JSON without line break. By default it is logged at level info.
  using Output = std::function<void(std::string_view line)>;

  /// `capacity`: maximum number of waiting events.
  explicit LogTelemetry(Metrics& metrics, Output output = {}, std::size_t capacity = 8192,
                        const Clock& clock = Clock::real());

  bool submit(TelemetryEvent event) override;
  void sweep() override;
  void set_limit(std::size_t bytes_per_minute) override { budget_.set(bytes_per_minute); }

  /// Events dropped because the queue was full, since the start.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return worker_.dropped(); }
  /// Waits until everything submitted so far is written.
  void flush() { worker_.flush(); }

 private:
  Metrics& metrics_;
  const Clock& clock_;
  Output output_;
  LogBudget budget_;
  BoundedWorker<TelemetryEvent> worker_;
};

/// The event as a log line.
[[nodiscard]] std::string to_json_line(const TelemetryEvent& event);

}  // namespace portcullis::bff
