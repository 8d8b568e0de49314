// A clock that tests move.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace portcullis::bff {

/// A clock that only moves when told to. Thread-safe.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const noexcept override {
    return SteadyTime(std::chrono::nanoseconds(steady_ns_.load()));
  }
  [[nodiscard]] WallTime wall() const noexcept override {
    return WallTime(std::chrono::nanoseconds(wall_ns_.load()));
  }
  /// Moves both clocks forward.
  void advance(std::chrono::nanoseconds by) noexcept {
    steady_ns_.fetch_add(by.count());
    wall_ns_.fetch_add(by.count());
  }
  /// Moves only the system clock, as an NTP correction does.
  void jump_wall(std::chrono::nanoseconds by) noexcept { wall_ns_.fetch_add(by.count()); }

 private:
  static constexpr std::int64_t kStart = 1'893'456'000'000'000'000;  // 2030-01-01T00:00:00Z
  std::atomic<std::int64_t> steady_ns_{kStart};
  std::atomic<std::int64_t> wall_ns_{kStart};
};

}  // namespace portcullis::bff
