#include "api/login_throttle.hpp"

#include <algorithm>

#include "base/ip_address.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kMaxName = 256;  // limit for client-chosen names in a key

/// The name comes last: it alone may contain any byte.
std::string account_key(std::string_view tenant, std::string_view user, std::string_view where) {
  return std::string("a").append(tenant).append("\n").append(where).append("\n").append(
      user.substr(0, kMaxName));
}
std::string address_key(std::string_view where) { return std::string("i").append(where); }

/// The addresses of a site share one quota and the site has another, so that more addresses cannot
/// displace the site's counts.
Owner of_addresses(const std::string& site) { return {"", "a" + site, {}}; }
Owner of_site(const std::string& site) { return {"", "s" + site, {}}; }

std::int64_t nanos(SteadyTime time) { return time.time_since_epoch().count(); }

}  // namespace

std::uint64_t LoginThrottle::over(const std::string& key, unsigned limit, SteadyTime now) const {
  const auto found = counts_.find(key);
  if (found == counts_.end() || found->second->failures < limit) return 0;
  const std::chrono::nanoseconds left(found->second->since_ns +
                                      std::chrono::nanoseconds(kWindow).count() - nanos(now));
  if (left <= left.zero()) return 0;
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(left).count());
}

std::uint64_t LoginThrottle::wait_s(std::string_view tenant, std::string_view user,
                                    std::string_view ip) {
  const SteadyTime now = clock_.steady();
  const std::string network = network_of(ip);
  const std::string site = site_of(ip);
  const std::lock_guard lock(mutex_);
  std::uint64_t wait = std::max(over(account_key(tenant, user, network), kFailuresPerAccount, now),
                                over(address_key(network), kFailuresPerAddress, now));
  if (site != network) {
    wait = std::max({wait, over(account_key(tenant, user, site), kFailuresPerAccountAtSite, now),
                     over(address_key(site), kFailuresPerSite, now)});
  }
  return wait;
}

void LoginThrottle::forget(const CountPtr& entry) {
  sites_.remove(entry->site, entry);
  by_age_.erase({entry->since_ns, entry});
  counts_.erase(entry->key);
}

void LoginThrottle::forget_old(SteadyTime now) {
  const std::int64_t over = nanos(now) - std::chrono::nanoseconds(kWindow).count();
  while (!by_age_.empty() && by_age_.begin()->first <= over) {
    const CountPtr oldest = by_age_.begin()->second;
    forget(oldest);
  }
}

void LoginThrottle::count(std::string key, Owner site, SteadyTime now) {
  const auto found = counts_.find(key);
  if (found != counts_.end()) {
    ++found->second->failures;
    return;
  }
  constexpr OwnerLimits kLimits{kMaxPerSite, 0, kMaxCounts};
  while (const auto victim = sites_.next_victim(site, kLimits)) {
    replaced_.add(victim->quota == Quota::kAccount ? Quota::kAddress : Quota::kTenant);
    forget(victim->entry);
  }
  auto entry = std::make_shared<Count>(Count{std::move(key), std::move(site), nanos(now), 1});
  sites_.add(entry->site, entry);
  by_age_.emplace(entry->since_ns, entry);
  counts_.emplace(entry->key, entry);
}

void LoginThrottle::failed(std::string_view tenant, std::string_view user, std::string_view ip) {
  const SteadyTime now = clock_.steady();
  const std::string network = network_of(ip);
  const std::string site = site_of(ip);
  const std::lock_guard lock(mutex_);
  forget_old(now);
  count(account_key(tenant, user, network), of_addresses(site), now);
  count(address_key(network), of_addresses(site), now);
  if (site == network) return;
  count(account_key(tenant, user, site), of_site(site), now);
  count(address_key(site), of_site(site), now);
}

void LoginThrottle::succeeded(std::string_view tenant, std::string_view user, std::string_view ip) {
  const std::string network = network_of(ip);
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(account_key(tenant, user, network));
  if (found == counts_.end()) return;
  const CountPtr entry = found->second;
  forget(entry);
}

std::size_t LoginThrottle::size() const {
  const std::lock_guard lock(mutex_);
  return counts_.size();
}

}  // namespace portcullis::bff
