// Health: how each plugin did over the last 24 hours, and the port of the store that counts
// (adapters/memory/memory_health.hpp).
//
// A call is one enforced request of the plugin. It is an error when it was let through and answered
// with a status of 400 or above; a denial (by a rule, quarantine or rate) is counted apart and has
// no latency.
//
// Contract of every store (native-host/tests/adapters/health_board_contract_test.cpp):
//   consistency  report() sees every record() that returned before it in this process.
//   failure      record() never fails; a store that cannot write drops the sample.
//   blocking     record() never blocks: it is called when each answer is out.
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

struct HealthReport {
  std::uint64_t calls = 0;  ///< denials included
  std::uint64_t errors = 0;
  std::uint64_t denials = 0;
  std::optional<double> p50_ms;  ///< none while nothing was let through
  std::optional<double> p95_ms;
  std::optional<WallTime> last_active;
};

class HealthBoard {
 public:
  HealthBoard() = default;
  virtual ~HealthBoard() = default;
  HealthBoard(const HealthBoard&) = delete;
  HealthBoard& operator=(const HealthBoard&) = delete;

  /// A request that was let through and answered.
  virtual void record(std::string_view tenant, std::string_view plugin_id, unsigned status,
                      std::chrono::nanoseconds latency) = 0;
  /// A request that was denied.
  virtual void record_denial(std::string_view tenant, std::string_view plugin_id) = 0;
  /// All zero for a plugin that was never called.
  [[nodiscard]] virtual Answer<HealthReport> report(std::string_view tenant,
                                                    std::string_view plugin_id) const = 0;
};

}  // namespace portcullis::bff
