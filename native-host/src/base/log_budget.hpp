// How much plugins may write to the log through telemetry: bytes by plugin, account and tenant,
// each with a minute's worth in hand. What is over one of them is dropped and counted, and the log
// says how much that was, once a minute for each plugin.
//
// The number of plugins and tenants is that of the configuration; accounts are forgotten when their
// budget is whole again. Safe from any thread; O(log n) under one lock.
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

class LogBudget {
 public:
  /// Of a plugin in a tenant, a minute. An account has a quarter of it, a tenant four times as
  /// much.
  static constexpr std::size_t kBytesPerMinute = 1024 * 1024;
  /// What a line costs at least: its frame.
  static constexpr std::size_t kLineBytes = 256;
  static constexpr std::chrono::seconds kTellEvery{60};

  explicit LogBudget(const Clock& clock) : clock_(clock) {}
  LogBudget(const LogBudget&) = delete;
  LogBudget& operator=(const LogBudget&) = delete;

  /// Of a plugin, a minute; `limits.telemetry_kib_per_minute`.
  void set(std::size_t bytes_per_minute);

  /// Whether a line of this length may be written. Takes from all three budgets, or from none.
  bool take(std::string_view tenant, std::string_view plugin_id, std::string_view account,
            std::size_t bytes);
  /// Counts a line that was given up for another reason.
  void count_dropped(std::string_view tenant, std::string_view plugin_id);

  struct Dropped {
    std::string tenant;
    std::string plugin_id;
    std::uint64_t lines;
  };
  /// What was dropped of each plugin since it was last told; each at most every kTellEvery. Forgets
  /// budgets that are whole again.
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
