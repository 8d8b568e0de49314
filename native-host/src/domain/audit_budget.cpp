#include "domain/audit_budget.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

namespace portcullis::bff {

namespace {
constexpr double kSavedSeconds = 5;  // of a source's share
}

AuditBudget::AuditBudget(const Clock& clock, AuditRates rates)
    : clock_(clock),
      per_second_(rates.per_second),
      per_source_(rates.per_address_per_second),
      all_{per_second_, clock.steady()},
      rest_{per_source_ * kSavedSeconds, clock.steady()} {}

void AuditBudget::set_rates(AuditRates rates) {
  const std::lock_guard lock(mutex_);
  per_second_ = rates.per_second;
  per_source_ = rates.per_address_per_second;
}

void AuditBudget::refill(Bucket& bucket, double per_second, double most, SteadyTime now) const {
  const double passed = std::chrono::duration<double>(now - bucket.at).count();
  bucket.tokens = std::min(most, bucket.tokens + std::max(0.0, passed) * per_second);
  bucket.at = now;
}

void AuditBudget::forget_full(SteadyTime now) {
  const double most = per_source_ * kSavedSeconds;
  for (auto item = sources_.begin(); item != sources_.end();) {
    refill(item->second, per_source_, most, now);
    item = item->second.tokens >= most ? sources_.erase(item) : std::next(item);
  }
}

AuditBudget::Bucket& AuditBudget::bucket_of(const std::string& source, SteadyTime now) {
  const double most = per_source_ * kSavedSeconds;
  auto found = sources_.find(source);
  if (found == sources_.end()) {
    // Forgetting is a rare, complete pass; the shared bucket must be exhausted first.
    if (sources_.size() >= kMaxSources) {
      refill(rest_, per_source_, most, now);
      if (rest_.tokens < 1) return rest_;
      forget_full(now);
      if (sources_.size() >= kMaxSources) return rest_;
    }
    found = sources_.emplace(source, Bucket{most, now}).first;
  }
  refill(found->second, per_source_, most, now);
  return found->second;
}

AuditBudget::Verdict AuditBudget::take(std::span<const std::string> sources) {
  const SteadyTime now = clock_.steady();
  const std::lock_guard lock(mutex_);
  std::array<std::string_view, 4> taken{};
  std::array<Bucket*, 4> buckets{};
  std::size_t count = 0;
  // Check all buckets before taking from any. Pointers into the table stay valid when entries are
  // added; forget_full() runs for the first source at most.
  for (const std::string& source : sources.first(std::min(sources.size(), buckets.size()))) {
    if (source.empty() || std::find(taken.begin(), taken.end(), source) != taken.end()) continue;
    if (sources_.size() >= kMaxSources && count > 0 && !sources_.contains(source)) continue;
    taken[count] = source;
    Bucket& bucket = bucket_of(source, now);
    if (bucket.tokens < 1) return Verdict::kOverShare;
    buckets[count++] = &bucket;
  }
  refill(all_, per_second_, per_second_, now);
  if (all_.tokens < 1) return Verdict::kOverBudget;
  all_.tokens -= 1;
  for (std::size_t i = 0; i < count; ++i) buckets[i]->tokens -= 1;
  return Verdict::kWrite;
}

std::size_t AuditBudget::sources() const {
  const std::lock_guard lock(mutex_);
  return sources_.size();
}

}  // namespace portcullis::bff
