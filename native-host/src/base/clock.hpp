// Time, handed in. Nothing in the state folder reads a clock of its own: durations are measured on
// the steady clock (it never jumps), and instants that a person or another machine names, such as
// "quarantined until", on the system clock. Tests use ManualClock and never sleep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// Where the time comes from. Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Never goes back; for durations that are measured, and budgets.
  [[nodiscard]] virtual SteadyTime steady() const noexcept = 0;
  /// The same, up to a tick behind it (base/coarse_clock.hpp); for expiry.
  [[nodiscard]] virtual SteadyTime coarse() const noexcept { return steady(); }
  /// Can jump; for instants that are written down or came from outside.
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
  /// The machine's clocks.
  static const Clock& real() noexcept;
};

/// A clock that stands still until it is moved. Safe from any thread.
class ManualClock final : public Clock {
 public:
  /// Starts at 2030-01-01T00:00:00Z.
  ManualClock() noexcept;
  [[nodiscard]] SteadyTime steady() const noexcept override;
  [[nodiscard]] WallTime wall() const noexcept override;
  /// Both clocks go on.
  void advance(std::chrono::nanoseconds by) noexcept;
  /// Only the system clock jumps, as after a correction by NTP.
  void jump_wall(std::chrono::nanoseconds by) noexcept;

 private:
  std::atomic<std::int64_t> steady_ns_;
  std::atomic<std::int64_t> wall_ns_;
};

/// RFC 3339 in UTC with milliseconds: "2030-01-01T00:00:00.000Z".
[[nodiscard]] std::string format_rfc3339(WallTime time);

/// Reads an RFC 3339 date-time (section 5.6): offset required, fraction cut to microseconds, leap
/// second taken as :59. Nullopt for anything else, and for years before 1970 or after 9999.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text) noexcept;

}  // namespace portcullis::bff
