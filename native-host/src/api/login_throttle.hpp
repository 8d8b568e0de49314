// Slows the guessing of passwords: so many failures from an address in a minute, on one account and
// on all together, then 429. Only failures count, so that a person who logs in often is not in the
// way of herself. An account is never counted on its own: whoever knows a name could lock its owner
// out.
//
// An address is what one customer is given (network_of()): of IPv6 the first 64 bits. A site may be
// given 65,536 of those (a /48), so the site has bounds of its own, five and ten times as wide.
//
// What is remembered is bounded for each site, and a site that fills its share forgets its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "domain/owner_quotas.hpp"

namespace portcullis::bff {

class LoginThrottle {
 public:
  static constexpr unsigned kFailuresPerAccount = 10;
  static constexpr unsigned kFailuresPerAddress = 50;
  static constexpr unsigned kFailuresPerAccountAtSite = 50;
  static constexpr unsigned kFailuresPerSite = 500;
  static constexpr std::chrono::seconds kWindow{60};
  /// Counts of the addresses of one site, and of the site itself.
  static constexpr std::size_t kMaxPerSite = 512;
  static constexpr std::size_t kMaxCounts = 65'536;

  explicit LoginThrottle(const Clock& clock) : clock_(clock) {}

  /// Seconds to wait; 0: the password may be tried.
  [[nodiscard]] std::uint64_t wait_s(std::string_view tenant, std::string_view user,
                                     std::string_view ip);
  void failed(std::string_view tenant, std::string_view user, std::string_view ip);
  void succeeded(std::string_view tenant, std::string_view user, std::string_view ip);

  [[nodiscard]] std::size_t size() const;
  /// Counts that were forgotten early, because a quota was reached.
  [[nodiscard]] const QuotaCounts& replaced() const noexcept { return replaced_; }

 private:
  struct Count {
    std::string key;
    Owner site;
    std::int64_t since_ns;
    unsigned failures = 0;
    [[nodiscard]] std::int64_t used() const noexcept { return since_ns; }
  };
  using CountPtr = std::shared_ptr<Count>;

  std::uint64_t over(const std::string& key, unsigned limit, SteadyTime now) const;
  void count(std::string key, Owner site, SteadyTime now);
  void forget(const CountPtr& entry);
  void forget_old(SteadyTime now);

  const Clock& clock_;
  QuotaCounts replaced_;
  mutable std::mutex mutex_;
  std::map<std::string, CountPtr> counts_;  // ordered: the keys are what clients write
  std::set<std::pair<std::int64_t, CountPtr>> by_age_;
  OwnerQuotas<CountPtr> sites_;
};

}  // namespace portcullis::bff
