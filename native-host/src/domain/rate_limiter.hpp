// Token buckets, one per tenant and plugin, shared by all io threads.
//
// A call takes one token; tokens come back at `per_second` up to `burst`. A denied call takes none,
// so that a caller who waits as long as Retry-After says gets through. The rate is handed in with
// each call and may change on reload; a bucket keeps its level, capped at the new burst.
//
// Where several accounts call a plugin, none of them gets more than half of its rate: one that
// calls as fast as it can leaves the other half to the rest. Alone it has all of it.
//
// Only ask for plugins that are known (the enforcement order sees to it), so that the number of
// buckets is that of configured plugins; full ones are forgotten by sweep().
// Complexity: one hash look-up under one of 16 locks, and one pass over the plugin's callers of
// late (kMaxAccounts at most); no allocation but for a new bucket or caller.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/tenant_key.hpp"

namespace portcullis::bff {

/// What settings.yaml calls a rate: `{rate.per_second, rate.burst}`.
struct RateBudget {
  double per_second = 50;  ///< at or below 0: no limit
  double burst = 100;      ///< at least 1 is assumed
};

struct RateVerdict {
  bool allowed = true;
  bool limited = false;             ///< false: this plugin has no limit; send no RateLimit header
  std::uint64_t limit = 0;          ///< the burst
  std::uint64_t remaining = 0;      ///< whole tokens that are left
  std::uint64_t retry_after_s = 0;  ///< when denied: at least 1
  std::uint64_t reset_s = 0;        ///< until the bucket is full again
  std::uint64_t window_s = 0;       ///< in which an empty bucket fills
};

class RateLimiter {
 public:
  explicit RateLimiter(const Clock& clock) : clock_(clock) {}
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// Accounts of which a bucket knows how much they took.
  static constexpr std::size_t kMaxAccounts = 64;
  /// Who called within this time counts as one of several.
  static constexpr std::chrono::seconds kPresent{10};

  /// An empty account has no part of its own.
  [[nodiscard]] RateVerdict take(std::string_view tenant, std::string_view plugin_id,
                                 const RateBudget& budget, std::string_view account = {});
  /// Forgets buckets that are full again. Returns how many are left.
  std::size_t sweep();

 private:
  struct Part {
    double tokens;  ///< of half the bucket
    SteadyTime at;
  };
  struct Bucket {
    double tokens;
    double per_second;
    double burst;
    SteadyTime at;
    std::map<std::string, Part, std::less<>> parts;  ///< by account
  };
  static Part& part_of(Bucket& bucket, std::string_view account, SteadyTime now);
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    TenantPluginMap<Bucket> buckets;
  };

  const Clock& clock_;
  std::array<Shard, kShards> shards_;
};

}  // namespace portcullis::bff
