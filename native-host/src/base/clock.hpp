// Injected time. State reads no clock directly: durations use the steady clock, which never jumps;
// instants named by people or other machines, such as "quarantined until", use the system clock.
// Tests move a clock of their own and never sleep.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// The source of time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic; for measured durations and budgets.
  [[nodiscard]] virtual SteadyTime steady() const noexcept = 0;
  /// Monotonic, up to one tick late (base/coarse_clock.hpp); for expiry.
  [[nodiscard]] virtual SteadyTime coarse() const noexcept { return steady(); }
  /// May jump; for instants that are stored or come from outside.
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
  /// The machine's clocks.
  static const Clock& real() noexcept;
};

/// Formats as RFC 3339 in UTC with milliseconds: "2030-01-01T00:00:00.000Z".
[[nodiscard]] std::string format_rfc3339(WallTime time);

/// Parses an RFC 3339 date-time (section 5.6): offset required, fraction truncated to microseconds,
/// leap second read as :59. Nullopt for anything else and for years outside 1970 to 9999.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text) noexcept;

}  // namespace portcullis::bff
