#include "upstream/circuit_breaker.hpp"

#include <algorithm>

namespace portcullis::bff {

std::uint64_t CircuitBreakers::wait_s(std::string_view upstream, const BreakerSettings& settings) {
  if (settings.failures == 0) return 0;
  Shard& shard = shard_of(upstream);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.failing.find(upstream);
  if (found == shard.failing.end() || !found->second.open) return 0;
  Breaker& breaker = found->second;
  const SteadyTime now = clock_.coarse();
  if (now >= breaker.next_try) {
    breaker.next_try = now + settings.open_for;  // this call is the trial; the next one is due then
    return 0;
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(breaker.next_try - now);
  return static_cast<std::uint64_t>(left.count());
}

BreakerChange CircuitBreakers::report(std::string_view upstream, std::string_view account,
                                      const BreakerSettings& settings, UpstreamOutcome outcome) {
  const bool answered = outcome == UpstreamOutcome::kAnswered;
  Shard& shard = shard_of(upstream);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.failing.find(upstream);
  if (answered || settings.failures == 0) {
    if (found == shard.failing.end()) return BreakerChange::kNone;
    const bool was_open = found->second.open;
    shard.failing.erase(found);
    return was_open ? BreakerChange::kClosed : BreakerChange::kNone;
  }
  if (found == shard.failing.end()) {
    found = shard.failing.emplace(std::string(upstream), Breaker{}).first;
  }
  Breaker& breaker = found->second;
  if (outcome == UpstreamOutcome::kNoAnswer && !breaker.open) {
    const std::uint64_t who = KeyedHash{}(account);
    const auto& known = breaker.accounts;
    if (std::find(known.begin(), known.end(), who) != known.end()) return BreakerChange::kNone;
    breaker.accounts.push_back(who);
  }
  if (breaker.open || ++breaker.failures < settings.failures) return BreakerChange::kNone;
  breaker.open = true;
  breaker.next_try = clock_.coarse() + settings.open_for;
  return BreakerChange::kOpened;
}

void CircuitBreakers::keep_only(const std::set<std::string, std::less<>>& upstreams) {
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    std::erase_if(shard.failing, [&](const auto& item) { return !upstreams.contains(item.first); });
  }
}

}  // namespace portcullis::bff
