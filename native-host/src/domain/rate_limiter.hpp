// Rates: how often a tenant's plugin may be called, and the port of the store that counts
// (adapters/memory/memory_rate_limiter.hpp).
//
// A token bucket for each tenant and plugin. A call takes one token; tokens come back at
// `per_second` up to `burst`. A denied call takes none, so that a caller who waits as long as
// Retry-After says gets through. The rate is passed in with each call and may change on reload; a
// bucket keeps its level, capped at the new burst.
//
// Where several accounts call a plugin, none of them gets more than half of its rate: one that
// calls as fast as it can leaves the other half to the rest. Alone it has all of it.
//
// Contract of every store (native-host/tests/adapters/rate_limiter_contract_test.cpp):
//   consistency  threads of this process never take more tokens together than there are. A store
//                shared by several processes may exceed the burst by what one process takes until
//                the others hear of it; say by how much.
//   failure      a store that cannot answer throws from Answer::wait(): the call is refused.
//   blocking     nothing blocks.
//   memory       take() is asked for known plugins only (the order of judgement sees to it), so the
//                number of buckets is that of configured plugins; sweep() forgets full ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/answer.hpp"

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
  /// Accounts of which a bucket knows how much they took.
  static constexpr std::size_t kMaxAccounts = 64;
  /// An account that called within this time counts as one of several.
  static constexpr std::chrono::seconds kPresent{10};

  RateLimiter() = default;
  virtual ~RateLimiter() = default;
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// Takes a token, or says when there is one. An empty account has no share of its own.
  [[nodiscard]] virtual Answer<RateVerdict> take(std::string_view tenant,
                                                 std::string_view plugin_id,
                                                 const RateBudget& budget,
                                                 std::string_view account) = 0;
  [[nodiscard]] Answer<RateVerdict> take(std::string_view tenant, std::string_view plugin_id,
                                         const RateBudget& budget) {
    return take(tenant, plugin_id, budget, {});
  }

  /// Forgets buckets that are full again. Returns how many are left.
  virtual std::size_t sweep() = 0;
};

}  // namespace portcullis::bff
