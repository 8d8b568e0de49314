// Circuit breakers, one per upstream, shared by all io threads.
//
// Decides whether an upstream is asked at all. Closed: every call goes. After `failures` calls in a
// row that got no usable answer it is open for `open_for`: calls are refused at once, so that
// nobody waits for a server that is gone and a server that comes back is not run over. After that
// one call goes, and another one in each further `open_for`, until one is answered: that closes it.
// A try that is never reported (a client that leaves) costs its turn and nothing else.
//
// A call that did reach the upstream and got no answer may be its caller's doing: it asked for what
// takes too long. Such calls count once for each account, so that no account can close an upstream
// to the others. Where nobody can connect, every call counts.
//
// What counts is the connection and HTTP, never a status: an upstream that answers 500 answers.
// Keys are those of the configuration; keep_only() forgets the others after a reload.
// Complexity: one hash look-up under one of 16 locks for each of the two calls.
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

/// Of an upstream, in routes.yaml: `breaker_failures`, `breaker_open_ms`.
struct BreakerSettings {
  std::uint32_t failures = 5;  ///< 0: none, every call goes
  std::chrono::milliseconds open_for{5000};
};

enum class UpstreamOutcome : std::uint8_t {
  kAnswered,     ///< with any status
  kNoAnswer,     ///< connected, and then none in time, or none that is HTTP
  kUnreachable,  ///< no connection
};

enum class BreakerChange : std::uint8_t { kNone, kOpened, kClosed };

class CircuitBreakers {
 public:
  explicit CircuitBreakers(const Clock& clock) : clock_(clock) {}
  CircuitBreakers(const CircuitBreakers&) = delete;
  CircuitBreakers& operator=(const CircuitBreakers&) = delete;

  /// 0: the call may go; report() what became of it. Otherwise the seconds to wait, rounded up.
  [[nodiscard]] std::uint64_t wait_s(std::string_view upstream, const BreakerSettings& settings);
  /// What a call of this account came to. What that changed.
  BreakerChange report(std::string_view upstream, std::string_view account,
                       const BreakerSettings& settings, UpstreamOutcome outcome);
  /// Forgets every upstream but these.
  void keep_only(const std::set<std::string, std::less<>>& upstreams);

 private:
  struct Breaker {
    std::uint32_t failures = 0;  ///< in a row
    std::vector<std::uint64_t>
        accounts;  ///< hashes of those that count among them; `failures` at most
    bool open = false;
    SteadyTime next_try{};  ///< while it is open
  };
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    /// Of upstreams whose last call failed, only.
    KeyedMap<Breaker> failing;
  };

  Shard& shard_of(std::string_view upstream) noexcept {
    return shards_[KeyedHash{}(upstream) % kShards];
  }

  const Clock& clock_;
  std::array<Shard, kShards> shards_;
};

}  // namespace portcullis::bff
