#include "adapters/memory/memory_health.hpp"

#include <algorithm>
#include <bit>

namespace portcullis::bff {
namespace {

constexpr unsigned kSubBits = 3;  // 8 buckets per power of two

std::size_t bucket_of(std::uint64_t micros) noexcept {
  constexpr std::uint64_t kLinear = 1U << kSubBits;
  if (micros < kLinear) return static_cast<std::size_t>(micros);
  const auto exponent = static_cast<unsigned>(std::bit_width(micros)) - 1 - kSubBits;
  const std::uint64_t index = (exponent + 1) * kLinear + ((micros >> exponent) - kLinear);
  return std::min<std::size_t>(static_cast<std::size_t>(index), MemoryHealth::kBuckets - 1);
}

/// The largest latency of a bucket, in milliseconds.
double upper_ms(std::size_t bucket) noexcept {
  constexpr std::size_t kLinear = 1U << kSubBits;
  if (bucket < kLinear) return static_cast<double>(bucket + 1) / 1000.0;
  const std::size_t exponent = bucket / kLinear - 1;
  const std::size_t step = bucket % kLinear + kLinear;
  return static_cast<double>((step + 1) << exponent) / 1000.0;
}

}  // namespace

MemoryHealth::Slot& MemoryHealth::Plugin::slot(std::int64_t hour) {
  auto& place = slots[static_cast<std::size_t>(hour) % kSlots];
  if (!place) place = std::make_unique<Slot>();
  if (place->hour != hour) {
    *place = Slot{};
    place->hour = hour;
  }
  return *place;
}

std::int64_t MemoryHealth::hour() const noexcept {
  return std::chrono::duration_cast<std::chrono::hours>(clock_.coarse().time_since_epoch()).count();
}

MemoryHealth::Plugin& MemoryHealth::plugin(std::string_view tenant, std::string_view plugin_id) {
  const TenantPluginView key{tenant, plugin_id};
  {
    const std::shared_lock lock(mutex_);
    const auto found = plugins_.find(key);
    if (found != plugins_.end()) return *found->second;
  }
  const std::unique_lock lock(mutex_);
  auto& place = plugins_[TenantPlugin(key)];
  if (!place) place = std::make_unique<Plugin>();
  return *place;
}

void MemoryHealth::record(std::string_view tenant, std::string_view plugin_id, unsigned status,
                          std::chrono::nanoseconds latency) {
  const std::int64_t micros = std::max<std::int64_t>(0, latency.count() / 1000);
  Plugin& entry = plugin(tenant, plugin_id);
  const std::int64_t now = hour();
  const std::lock_guard lock(entry.mutex);
  Slot& slot = entry.slot(now);
  ++slot.calls;
  if (status >= 400) ++slot.errors;
  ++slot.latency[bucket_of(static_cast<std::uint64_t>(micros))];
  entry.last_active = clock_.wall();
}

void MemoryHealth::record_denial(std::string_view tenant, std::string_view plugin_id) {
  Plugin& entry = plugin(tenant, plugin_id);
  const std::int64_t now = hour();
  const std::lock_guard lock(entry.mutex);
  Slot& slot = entry.slot(now);
  ++slot.calls;
  ++slot.denials;
  entry.last_active = clock_.wall();
}

Answer<HealthReport> MemoryHealth::report(std::string_view tenant,
                                          std::string_view plugin_id) const {
  HealthReport report;
  const std::shared_lock lock(mutex_);
  const auto found = plugins_.find(TenantPluginView{tenant, plugin_id});
  if (found == plugins_.end()) return report;
  const Plugin& entry = *found->second;
  const std::int64_t now = hour();
  std::array<std::uint64_t, kBuckets> latency{};
  std::uint64_t measured = 0;
  const std::lock_guard plugin_lock(entry.mutex);
  report.last_active = entry.last_active;
  for (const auto& slot : entry.slots) {
    if (!slot || slot->hour <= now - static_cast<std::int64_t>(kSlots) || slot->hour > now)
      continue;
    report.calls += slot->calls;
    report.errors += slot->errors;
    report.denials += slot->denials;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      latency[i] += slot->latency[i];
      measured += slot->latency[i];
    }
  }
  if (measured == 0) return report;
  // Nearest rank: the smallest bucket up to which at least `percent` of all measurements lie.
  const auto percentile = [&](std::uint64_t percent) {
    const std::uint64_t rank = (measured * percent + 99) / 100;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += latency[i];
      if (seen >= rank) return upper_ms(i);
    }
    return upper_ms(kBuckets - 1);
  };
  report.p50_ms = percentile(50);
  report.p95_ms = percentile(95);
  return report;
}

}  // namespace portcullis::bff
