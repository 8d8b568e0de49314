// Rate limits of plugins, and the port of the store that counts
// (adapters/memory/memory_rate_limiter.hpp).
//
// One token bucket per tenant and plugin. A call takes one token; the bucket refills at
// `per_second` up to `burst`. A denied call takes none, so a caller that waits for Retry-After is
// served. The rate is passed with each call and may change on reload; a bucket keeps its level,
// capped at the new burst.
//
// If several accounts call a plugin, each gets at most half of its rate, so that a flooding account
// leaves the other half to the rest. A single account may use all of it.
//
// Contract of every store (native-host/tests/adapters/rate_limiter_contract_test.cpp):
//   consistency  threads of this process never take more tokens than there are. A store shared by
//                processes may exceed the burst by what one process takes until the others learn of
//                it; its documentation must state by how much.
//   failure      a store that cannot answer throws from Answer::wait(): the call is refused.
//   blocking     nothing blocks.
//   memory       take() is called for known plugins only (ensured by the order of judgement), so
//                there is at most one bucket per configured plugin; sweep() removes full ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/answer.hpp"

namespace portcullis::bff {

/// A rate of settings.yaml: `{rate.per_second, rate.burst}`.
struct RateBudget {
  double per_second = 50;  ///< tokens; at or below 0: no limit
  double burst = 100;      ///< tokens; at least 1 is assumed
};

/// The result of take().
struct RateVerdict {
  bool allowed = true;
  bool limited = false;             ///< false: the plugin has no limit; send no RateLimit header
  std::uint64_t limit = 0;          ///< the burst
  std::uint64_t remaining = 0;      ///< whole tokens left
  std::uint64_t retry_after_s = 0;  ///< seconds; at least 1 if denied
  std::uint64_t reset_s = 0;        ///< seconds until the bucket is full
  std::uint64_t window_s = 0;       ///< seconds in which an empty bucket fills
};

/// The store of token buckets. Thread-safe.
class RateLimiter {
 public:
  /// Accounts whose share is tracked per bucket.
  static constexpr std::size_t kMaxAccounts = 64;
  /// An account whose last call is within this time counts as one of several.
  static constexpr std::chrono::seconds kPresent{10};

  RateLimiter() = default;
  virtual ~RateLimiter() = default;
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// Takes a token, or returns when one is available. An empty account has no share of its own.
  [[nodiscard]] virtual Answer<RateVerdict> take(std::string_view tenant,
                                                 std::string_view plugin_id,
                                                 const RateBudget& budget,
                                                 std::string_view account) = 0;
  /// take() without an account.
  [[nodiscard]] Answer<RateVerdict> take(std::string_view tenant, std::string_view plugin_id,
                                         const RateBudget& budget) {
    return take(tenant, plugin_id, budget, {});
  }

  /// Removes full buckets. Returns how many are left.
  virtual std::size_t sweep() = 0;
};

}  // namespace portcullis::bff
