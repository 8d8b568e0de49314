// Token buckets in memory; full after a restart.
//
// Thread-safe. take() costs one hash look-up under one of 16 locks and one pass over the plugin's
// recent callers (at most kMaxAccounts); it allocates only for a new bucket or caller.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "domain/rate_limiter.hpp"
#include "domain/tenant_key.hpp"

namespace portcullis::bff {

/// The in-memory rate limiter.
class MemoryRateLimiter final : public RateLimiter {
 public:
  explicit MemoryRateLimiter(const Clock& clock) : clock_(clock) {}

  using RateLimiter::take;
  [[nodiscard]] Answer<RateVerdict> take(std::string_view tenant, std::string_view plugin_id,
                                         const RateBudget& budget,
                                         std::string_view account) override;
  std::size_t sweep() override;

 private:
  struct Part {
    double tokens;  ///< of half of the bucket
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
