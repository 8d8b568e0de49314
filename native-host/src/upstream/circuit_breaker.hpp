// Circuit breakers, one per upstream, shared by all io threads. Thread-safe.
//
// Decides whether an upstream is called at all. Closed: every call goes through. After `failures`
// consecutive calls without a usable answer the breaker opens for `open_for`: calls fail at once,
// so that clients do not wait for a dead server and a recovering one is not flooded. Then one trial
// call goes through per `open_for`; an answer closes the breaker. A trial that is never reported
// (the client left) only uses up its turn.
//
// A call that reached the upstream without an answer may be slow because of its caller, so such
// calls count once per account: no single account can open the breaker for others. Failed
// connections always count. Any HTTP status is an answer, 500 included.
//
// Keys come from the configuration; keep_only() drops the others after a reload. Each call costs
// one hash look-up under one of 16 locks.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/keyed_hash.hpp"

namespace portcullis::bff {

/// Per upstream, from routes.yaml: `breaker_failures`, `breaker_open_ms`.
struct BreakerSettings {
  std::uint32_t failures = 5;  ///< 0: never open
  std::chrono::milliseconds open_for{5000};
};

/// The outcome of a call.
enum class UpstreamOutcome : std::uint8_t {
  kAnswered,     ///< with any status
  kNoAnswer,     ///< connected, but no answer in time, or not HTTP
  kUnreachable,  ///< no connection
};

/// What a report changed.
enum class BreakerChange : std::uint8_t { kNone, kOpened, kClosed };

/// The breakers of all upstreams.
class CircuitBreakers {
 public:
  explicit CircuitBreakers(const Clock& clock) : clock_(clock) {}
  CircuitBreakers(const CircuitBreakers&) = delete;
  CircuitBreakers& operator=(const CircuitBreakers&) = delete;

  /// Returns 0 if the call may go (then report() its outcome); otherwise the seconds to wait,
  /// rounded up.
  [[nodiscard]] std::uint64_t wait_s(std::string_view upstream, const BreakerSettings& settings);
  /// Reports the outcome of a call of this account. Returns the state change.
  BreakerChange report(std::string_view upstream, std::string_view account,
                       const BreakerSettings& settings, UpstreamOutcome outcome);
  /// Drops all upstreams but these.
  void keep_only(const std::set<std::string, std::less<>>& upstreams);

 private:
  struct Breaker {
    std::uint32_t failures = 0;           ///< consecutive
    std::vector<std::uint64_t> accounts;  ///< hashes of the accounts counted; at most `failures`
    bool open = false;
    SteadyTime next_try{};  ///< while open
  };
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    /// Only upstreams whose last call failed.
    KeyedMap<Breaker> failing;
  };

  Shard& shard_of(std::string_view upstream) noexcept {
    return shards_[KeyedHash{}(upstream) % kShards];
  }

  const Clock& clock_;
  std::array<Shard, kShards> shards_;
};

}  // namespace portcullis::bff
