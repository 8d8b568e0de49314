// Limits password guessing: failures per minute from an address, for one account and in total;
// beyond that 429. Only failures count, so frequent logins are never blocked. Failures of an
// account are never counted across addresses: otherwise anyone who knows a name could lock its
// owner out.
//
// An address is one customer's network (network_of(): the first 64 bits of IPv6). One site may own
// 65,536 of them (a /48), so sites have limits of their own, five and ten times as high.
//
// State is bounded per site; a site that exceeds its share displaces its own entries. Thread-safe.
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

/// Failed logins by address and site.
class LoginThrottle {
 public:
  /// Failures per window for one account from one address.
  static constexpr unsigned kFailuresPerAccount = 10;
  /// Failures per window from one address.
  static constexpr unsigned kFailuresPerAddress = 50;
  /// Failures per window for one account from one site.
  static constexpr unsigned kFailuresPerAccountAtSite = 50;
  /// Failures per window from one site.
  static constexpr unsigned kFailuresPerSite = 500;
  /// The window.
  static constexpr std::chrono::seconds kWindow{60};
  /// Maximum entries for the addresses of a site, and for the site itself.
  static constexpr std::size_t kMaxPerSite = 512;
  /// Maximum entries in all.
  static constexpr std::size_t kMaxCounts = 65'536;

  explicit LoginThrottle(const Clock& clock) : clock_(clock) {}

  /// Seconds to wait; 0 if the password may be checked.
  [[nodiscard]] std::uint64_t wait_s(std::string_view tenant, std::string_view user,
                                     std::string_view ip);
  /// Counts a failure.
  void failed(std::string_view tenant, std::string_view user, std::string_view ip);
  /// Forgets the account's failures from this address.
  void succeeded(std::string_view tenant, std::string_view user, std::string_view ip);

  /// Number of entries.
  [[nodiscard]] std::size_t size() const;
  /// Entries displaced early by a quota.
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
  std::map<std::string, CountPtr> counts_;  // ordered, because clients choose the keys
  std::set<std::pair<std::int64_t, CountPtr>> by_age_;
  OwnerQuotas<CountPtr> sites_;
};

}  // namespace portcullis::bff
