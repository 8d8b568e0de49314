// The steady clock as of the kernel's last tick.
#pragma once

#include <chrono>
#include <ctime>

namespace portcullis::bff {

/// The longest delay of coarse_now(): one tick of a 100 Hz kernel.
inline constexpr std::chrono::milliseconds kLongestTick{10};

/// Like std::chrono::steady_clock::now(), but up to one tick late and at a fifth of the cost.
/// Monotonic. For expiry and deadlines computed from coarse_now() alone; not for measurements, and
/// not to be mixed with steady_clock::now() where a negative duration would matter.
[[nodiscard]] inline std::chrono::steady_clock::time_point coarse_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace portcullis::bff
