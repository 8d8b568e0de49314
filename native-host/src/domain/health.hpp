// Health of each plugin over the last 24 hours, and the port of the store that counts
// (adapters/memory/memory_health.hpp).
//
// A call is one enforced request of the plugin. An allowed call with a status of 400 or above is an
// error. Denials (permission, quarantine, rate) are counted separately and have no latency.
//
// Contract of every store (native-host/tests/adapters/health_board_contract_test.cpp):
//   consistency  report() sees every record() that returned before it in this process.
//   failure      record() never fails; a store that cannot write drops the sample.
//   blocking     record() never blocks: it is called after each answer.
//   accuracy     percentiles are at most 12.5 % too high; the window covers 24 to 25 hours.
//   memory       only known plugins are recorded.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/answer.hpp"
#include "base/clock.hpp"

namespace portcullis::bff {

/// A plugin's health.
struct HealthReport {
  std::uint64_t calls = 0;  ///< including denials
  std::uint64_t errors = 0;
  std::uint64_t denials = 0;
  std::optional<double> p50_ms;  ///< absent without an allowed call
  std::optional<double> p95_ms;
  std::optional<WallTime> last_active;
};

/// The store. Thread-safe.
class HealthBoard {
 public:
  HealthBoard() = default;
  virtual ~HealthBoard() = default;
  HealthBoard(const HealthBoard&) = delete;
  HealthBoard& operator=(const HealthBoard&) = delete;

  /// Records an allowed and answered request.
  virtual void record(std::string_view tenant, std::string_view plugin_id, unsigned status,
                      std::chrono::nanoseconds latency) = 0;
  /// Records a denied request.
  virtual void record_denial(std::string_view tenant, std::string_view plugin_id) = 0;
  /// A plugin's health; all zero if it was never called.
  [[nodiscard]] virtual Answer<HealthReport> report(std::string_view tenant,
                                                    std::string_view plugin_id) const = 0;
};

}  // namespace portcullis::bff
