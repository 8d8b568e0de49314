// How many lines a second one class of the audit log takes, and how many of them one source may
// fill: buckets of tokens, one for all, one for each source. A source over its share costs the
// others nothing; only what it may have is taken from everybody's.
//
// Sources are remembered while their bucket is not full, at most kMaxSources of them. With more,
// new ones share one bucket: who makes up sources gets no fresh share for each.
//
// Safe from any thread. Two look-ups at most, under one lock.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "base/keyed_hash.hpp"

namespace portcullis::bff {

struct AuditRates {
  unsigned per_second = 200;             ///< lines of the class
  unsigned per_address_per_second = 20;  ///< of one source; it may save up five seconds of it
};

class AuditBudget {
 public:
  static constexpr std::size_t kMaxSources = 8'192;

  AuditBudget(const Clock& clock, AuditRates rates);

  enum class Verdict : std::uint8_t { kWrite, kOverShare, kOverBudget };
  /// Takes one line out of each source's bucket and the class's, or none. Empty sources count
  /// nowhere.
  [[nodiscard]] Verdict take(std::span<const std::string> sources);

  void set_rates(AuditRates rates);

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
  Bucket rest_;  // of sources that the table has no room for
  KeyedMap<Bucket> sources_;
};

}  // namespace portcullis::bff
