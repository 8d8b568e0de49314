// How each plugin did over the last 24 hours: calls, errors, denials, latency percentiles, last
// activity. Kept in memory as 24 hourly slots plus the running one, on the steady clock.
//
// A call is one enforced request of the plugin. It is an error when it was let through and answered
// with a status of 400 or above; a denial (by a rule, quarantine or rate) counts apart, and has no
// latency. Percentiles come from buckets of 12.5 % width, so a value is at most 12.5 % too high.
// The window moves by whole hours: it covers between 24 and 25 of them.
//
// Record only known plugins. At most 28 KB for each plugin that is called every hour.
// Complexity: record is one look-up under a shared lock and a few additions under the plugin's own.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string_view>

#include "base/clock.hpp"
#include "domain/tenant_key.hpp"

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
  explicit HealthBoard(const Clock& clock) : clock_(clock) {}
  HealthBoard(const HealthBoard&) = delete;
  HealthBoard& operator=(const HealthBoard&) = delete;

  /// A request that was let through and answered.
  void record(std::string_view tenant, std::string_view plugin_id, unsigned status,
              std::chrono::nanoseconds latency);
  /// A request that was denied.
  void record_denial(std::string_view tenant, std::string_view plugin_id);
  /// All zero for a plugin that was never called.
  [[nodiscard]] HealthReport report(std::string_view tenant, std::string_view plugin_id) const;

  /// Buckets of a latency histogram: below 8 us each microsecond has its own, above it 8 to each
  /// power of two, up to about 19 hours.
  static constexpr std::size_t kBuckets = 8 * 34;

 private:
  struct Slot {
    std::int64_t hour = -1;
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;
    std::uint64_t denials = 0;
    std::array<std::uint32_t, kBuckets> latency{};
  };
  struct Plugin;
  Plugin& plugin(std::string_view tenant, std::string_view plugin_id);
  [[nodiscard]] std::int64_t hour() const noexcept;

  static constexpr std::size_t kSlots = 25;
  struct Plugin {
    mutable std::mutex mutex;
    std::array<std::unique_ptr<Slot>, kSlots> slots;
    std::optional<WallTime> last_active;
    Slot& slot(std::int64_t hour);
  };

  const Clock& clock_;
  mutable std::shared_mutex mutex_;
  TenantPluginMap<std::unique_ptr<Plugin>> plugins_;
};

}  // namespace portcullis::bff
