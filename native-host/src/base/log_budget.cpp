#include "base/log_budget.hpp"

#include <algorithm>

namespace portcullis::bff {

namespace {

double minutes_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double, std::ratio<60>>(to - from).count();
}

/// The first character of the key is the bucket's kind, which determines its size.
double share_of(const std::string& key) {
  switch (key.front()) {
    case 'a':
      return 0.25;
    case 't':
      return 4;
    default:
      return 1;
  }
}

}  // namespace

void LogBudget::set(std::size_t bytes_per_minute) {
  const std::lock_guard lock(mutex_);
  per_minute_ = static_cast<double>(bytes_per_minute);
}

LogBudget::Bucket& LogBudget::filled(std::string key, double burst, SteadyTime now) {
  Bucket& bucket = buckets_.try_emplace(std::move(key), Bucket{burst, now}).first->second;
  const double elapsed = std::max(0.0, minutes_between(bucket.at, now));
  bucket.bytes = std::min(burst, bucket.bytes + elapsed * burst);
  bucket.at = now;
  return bucket;
}

bool LogBudget::take(std::string_view tenant, std::string_view plugin_id, std::string_view account,
                     std::size_t bytes) {
  const auto cost = static_cast<double>(std::max(bytes, kLineBytes));
  const SteadyTime now = clock_.steady();
  const std::string of(tenant);
  const std::lock_guard lock(mutex_);
  bool fits = true;
  std::vector<Bucket*> buckets;
  for (const std::string& key : {"p" + of + "\n" + std::string(plugin_id),
                                 "a" + of + "\n" + std::string(account), "t" + of}) {
    Bucket& bucket = filled(key, per_minute_ * share_of(key), now);
    fits = fits && bucket.bytes >= cost;
    buckets.push_back(&bucket);
  }
  if (!fits) {
    ++lost_[{of, std::string(plugin_id)}].lines;
    return false;
  }
  for (Bucket* const bucket : buckets) bucket->bytes -= cost;
  return true;
}

void LogBudget::count_dropped(std::string_view tenant, std::string_view plugin_id) {
  const std::lock_guard lock(mutex_);
  ++lost_[{std::string(tenant), std::string(plugin_id)}].lines;
}

std::vector<LogBudget::Dropped> LogBudget::sweep() {
  const SteadyTime now = clock_.steady();
  std::vector<Dropped> out;
  const std::lock_guard lock(mutex_);
  std::erase_if(buckets_, [&](const auto& item) {
    const double burst = per_minute_ * share_of(item.first);
    return item.second.bytes + minutes_between(item.second.at, now) * burst >= burst;
  });
  for (auto at = lost_.begin(); at != lost_.end();) {
    Lost& lost = at->second;
    if (lost.ever_told && now - lost.told < kTellEvery) {
      ++at;
    } else if (lost.lines == 0) {
      at = lost_.erase(at);
    } else {
      out.push_back({at->first.first, at->first.second, std::exchange(lost.lines, 0)});
      lost.told = now;
      lost.ever_told = true;
      ++at;
    }
  }
  return out;
}

}  // namespace portcullis::bff
