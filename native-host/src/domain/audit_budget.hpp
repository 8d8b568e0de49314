// Rate limit of one audit class: a token bucket for the class and one per source.
//
// A source over its share does not consume the budget of others: only lines within the share are
// charged to the class. Sources are remembered while their bucket is not full, at most kMaxSources.
// Beyond that, new sources share one bucket, so that invented sources do not get a fresh share
// each.
//
// Thread-safe. take() costs one hash look-up per source, under one lock.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "base/keyed_hash.hpp"

namespace portcullis::bff {

/// Lines per second.
struct AuditRates {
  unsigned per_second = 200;             ///< for the class
  unsigned per_address_per_second = 20;  ///< per source; it may save up five seconds' worth
};

/// The budget of one audit class.
class AuditBudget {
 public:
  /// Sources with a bucket of their own.
  static constexpr std::size_t kMaxSources = 8'192;

  AuditBudget(const Clock& clock, AuditRates rates);

  /// kOverShare: a source exceeded its share. kOverBudget: the class is exhausted.
  enum class Verdict : std::uint8_t { kWrite, kOverShare, kOverBudget };
  /// Takes one token from each source's bucket and from the class's, or none at all. Empty sources
  /// are not counted.
  [[nodiscard]] Verdict take(std::span<const std::string> sources);

  /// Changes the rates (reload).
  void set_rates(AuditRates rates);

  /// Number of sources remembered.
  [[nodiscard]] std::size_t sources() const;

 private:
  struct Bucket {
    double tokens;
    SteadyTime at;
  };
  void refill(Bucket& bucket, double per_second, double most, SteadyTime now) const;
  Bucket& bucket_of(const std::string& source, SteadyTime now);
  void forget_full(SteadyTime now);

  const Clock& clock_;
  mutable std::mutex mutex_;
  double per_second_;
  double per_source_;
  Bucket all_;
  Bucket rest_;  // shared by sources beyond kMaxSources
  KeyedMap<Bucket> sources_;
};

}  // namespace portcullis::bff
