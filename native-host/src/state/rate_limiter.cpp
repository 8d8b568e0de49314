#include "state/rate_limiter.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace portcullis::bff {
namespace {

double seconds_between(SteadyTime from, SteadyTime to) noexcept {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

RateVerdict RateLimiter::take(std::string_view tenant, std::string_view plugin_id,
                              const RateBudget& budget) {
  RateVerdict verdict;
  if (!(budget.per_second > 0)) return verdict;
  const double burst = std::max(1.0, budget.burst);
  const TenantPluginView key{tenant, plugin_id};
  const SteadyTime now = clock_.steady();
  Shard& shard = shards_[TenantPluginHash{}(key) % kShards];
  const std::lock_guard lock(shard.mutex);
  auto found = shard.buckets.find(key);
  if (found == shard.buckets.end()) {
    found = shard.buckets.emplace(TenantPlugin(key), Bucket{burst, budget.per_second, burst, now})
                .first;
  }
  Bucket& bucket = found->second;
  const double elapsed = std::max(0.0, seconds_between(bucket.at, now));
  bucket.tokens = std::min(burst, bucket.tokens + elapsed * budget.per_second);
  bucket.per_second = budget.per_second;
  bucket.burst = burst;
  bucket.at = now;

  verdict.limited = true;
  verdict.limit = static_cast<std::uint64_t>(burst);
  // Sums of fractions fall short of whole tokens by a hair; who waited as told must get through.
  constexpr double kHair = 1e-9;
  if (bucket.tokens + kHair >= 1.0) {
    bucket.tokens = std::max(0.0, bucket.tokens - 1.0);
  } else {
    verdict.allowed = false;
    const double wait = (1.0 - bucket.tokens) / budget.per_second;
    verdict.retry_after_s =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(std::min(wait, 1e9))));
  }
  verdict.remaining = static_cast<std::uint64_t>(bucket.tokens + kHair);
  verdict.reset_s = static_cast<std::uint64_t>(
      std::ceil(std::min((burst - bucket.tokens) / budget.per_second, 1e9)));
  verdict.window_s = static_cast<std::uint64_t>(
      std::ceil(std::min(std::max(1.0, burst / budget.per_second), 1e9)));
  return verdict;
}

std::size_t RateLimiter::sweep() {
  const SteadyTime now = clock_.steady();
  std::size_t left = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    std::erase_if(shard.buckets, [&](const auto& item) {
      const Bucket& bucket = item.second;
      return bucket.tokens + seconds_between(bucket.at, now) * bucket.per_second >= bucket.burst;
    });
    left += shard.buckets.size();
  }
  return left;
}

}  // namespace portcullis::bff
