// Limits what plugins may write to the log through telemetry, in bytes per minute: per plugin,
// account and tenant, each with one minute's burst. Excess lines are dropped, counted and reported
// in the log, at most once a minute per plugin.
//
// Plugins and tenants are bounded by the configuration; an account's budget is forgotten once it is
// full again. Thread-safe; O(log n) under one lock.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace portcullis::bff {

/// Token buckets for telemetry log lines.
class LogBudget {
 public:
  /// Default bytes per minute of a plugin in a tenant. An account gets a quarter of it, a tenant
  /// four times as much.
  static constexpr std::size_t kBytesPerMinute = 1024 * 1024;
  /// Minimum charge of a line: its framing.
  static constexpr std::size_t kLineBytes = 256;
  /// Shortest time between two reports about a plugin.
  static constexpr std::chrono::seconds kTellEvery{60};

  explicit LogBudget(const Clock& clock) : clock_(clock) {}
  LogBudget(const LogBudget&) = delete;
  LogBudget& operator=(const LogBudget&) = delete;

  /// Sets the bytes per minute of a plugin: `limits.telemetry_kib_per_minute`.
  void set(std::size_t bytes_per_minute);

  /// Whether a line of this length may be written. Charges all three budgets or none.
  bool take(std::string_view tenant, std::string_view plugin_id, std::string_view account,
            std::size_t bytes);
  /// Counts a line that was dropped for another reason.
  void count_dropped(std::string_view tenant, std::string_view plugin_id);

  /// Lines dropped for a plugin.
  struct Dropped {
    std::string tenant;
    std::string plugin_id;
    std::uint64_t lines;
  };
  /// Returns the lines dropped per plugin since the last report, each plugin at most every
  /// kTellEvery. Forgets budgets that are full again.
  [[nodiscard]] std::vector<Dropped> sweep();

 private:
  struct Bucket {
    double bytes;
    SteadyTime at;
  };
  struct Lost {
    std::uint64_t lines = 0;
    SteadyTime told{};
    bool ever_told = false;
  };
  Bucket& filled(std::string key, double burst, SteadyTime now);

  const Clock& clock_;
  std::mutex mutex_;
  double per_minute_ = kBytesPerMinute;
  std::map<std::string, Bucket> buckets_;
  std::map<std::pair<std::string, std::string>, Lost> lost_;  // by tenant and plugin
};

}  // namespace portcullis::bff
