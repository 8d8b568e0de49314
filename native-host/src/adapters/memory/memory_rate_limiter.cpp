#include "adapters/memory/memory_rate_limiter.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace portcullis::bff {
namespace {

double seconds_between(SteadyTime from, SteadyTime to) noexcept {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

MemoryRateLimiter::Part& MemoryRateLimiter::part_of(Bucket& bucket, std::string_view account,
                                                    SteadyTime now) {
  const double half = std::max(1.0, bucket.burst / 2);
  auto found = bucket.parts.find(account);
  if (found == bucket.parts.end()) {
    if (bucket.parts.size() >= kMaxAccounts) {
      bucket.parts.erase(
          std::min_element(bucket.parts.begin(), bucket.parts.end(),
                           [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
    }
    found = bucket.parts.emplace(std::string(account), Part{half, now}).first;
  }
  Part& part = found->second;
  const double elapsed = std::max(0.0, seconds_between(part.at, now));
  part.tokens = std::min(half, part.tokens + elapsed * bucket.per_second / 2);
  part.at = now;
  return part;
}

Answer<RateVerdict> MemoryRateLimiter::take(std::string_view tenant, std::string_view plugin_id,
                                            const RateBudget& budget, std::string_view account) {
  RateVerdict verdict;
  if (!(budget.per_second > 0)) return verdict;
  const double burst = std::max(1.0, budget.burst);
  const TenantPluginView key{tenant, plugin_id};
  const SteadyTime now = clock_.steady();
  Shard& shard = shards_[TenantPluginHash{}(key) % kShards];
  const std::lock_guard lock(shard.mutex);
  auto found = shard.buckets.find(key);
  if (found == shard.buckets.end()) {
    found =
        shard.buckets.emplace(TenantPlugin(key), Bucket{burst, budget.per_second, burst, now, {}})
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
  // Sums of fractions fall slightly short of whole tokens; a client that waited as advised must
  // succeed.
  constexpr double kHair = 1e-9;
  Part* const own = account.empty() ? nullptr : &part_of(bucket, account, now);
  const bool alone = own == nullptr ||
                     std::none_of(bucket.parts.begin(), bucket.parts.end(), [&](const auto& item) {
                       return &item.second != own && now - item.second.at < kPresent;
                     });
  if (bucket.tokens + kHair >= 1.0 && (alone || own->tokens + kHair >= 1.0)) {
    bucket.tokens = std::max(0.0, bucket.tokens - 1.0);
    if (own != nullptr) own->tokens = std::max(0.0, own->tokens - 1.0);
  } else {
    verdict.allowed = false;
    double wait = std::max(0.0, (1.0 - bucket.tokens) / budget.per_second);
    if (!alone) wait = std::max(wait, (1.0 - own->tokens) / (budget.per_second / 2));
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

std::size_t MemoryRateLimiter::sweep() {
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
