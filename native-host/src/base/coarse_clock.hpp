// The steady clock as of the kernel's last tick.
#pragma once

#include <chrono>
#include <ctime>

namespace portcullis::bff {

/// How far coarse_now() is behind at most: a tick where the kernel has a hundred a second.
inline constexpr std::chrono::milliseconds kLongestTick{10};

/// std::chrono::steady_clock, up to one tick behind it, for a fifth of its price.
/// Never goes back. For expiry and deadlines, which are counted from here to here; not for
/// measuring, and not to be mixed with steady_clock::now() where a negative duration would hurt.
[[nodiscard]] inline std::chrono::steady_clock::time_point coarse_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace portcullis::bff
