// Health in memory: 24 hourly slots and the current one, on the steady clock. Lost on restart.
//
// At most 28 KB per plugin that is called every hour. Thread-safe; record() costs one look-up under
// a shared lock and a few additions under the plugin's own.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "domain/health.hpp"
#include "domain/tenant_key.hpp"

namespace portcullis::bff {

/// The in-memory health store.
class MemoryHealth final : public HealthBoard {
 public:
  explicit MemoryHealth(const Clock& clock) : clock_(clock) {}

  void record(std::string_view tenant, std::string_view plugin_id, unsigned status,
              std::chrono::nanoseconds latency) override;
  void record_denial(std::string_view tenant, std::string_view plugin_id) override;
  [[nodiscard]] Answer<HealthReport> report(std::string_view tenant,
                                            std::string_view plugin_id) const override;

  /// Buckets of the latency histogram: one per microsecond below 8 us, then 8 per power of two, up
  /// to about 19 hours.
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
