#include "handlers/login_throttle.hpp"

#include <arpa/inet.h>

namespace portcullis::bff {

namespace {

constexpr std::size_t kMaxName = 256;  // of a name that anybody may make up, in a key

/// The address, or the /64 of an IPv6 address.
std::string network(std::string_view ip) {
  in6_addr address{};
  if (inet_pton(AF_INET6, std::string(ip).c_str(), &address) != 1) return std::string(ip);
  return {reinterpret_cast<const char*>(address.s6_addr), 8};
}

/// The name is last: it is the only part that may have any byte in it.
std::string account_key(std::string_view tenant, std::string_view user, std::string_view ip) {
  return std::string("a")
      .append(tenant)
      .append("\n")
      .append(network(ip))
      .append("\n")
      .append(user.substr(0, kMaxName));
}
std::string address_key(std::string_view ip) { return "i" + network(ip); }

}  // namespace

std::uint64_t LoginThrottle::over(const std::string& key, unsigned limit, SteadyTime now) {
  const auto found = counts_.find(key);
  if (found == counts_.end()) return 0;
  const auto left = found->second.since + kWindow - now;
  if (left <= left.zero()) {
    counts_.erase(found);
    return 0;
  }
  if (found->second.failures < limit) return 0;
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(left).count());
}

std::uint64_t LoginThrottle::wait_s(std::string_view tenant, std::string_view user,
                                    std::string_view ip) {
  const SteadyTime now = clock_.steady();
  const std::lock_guard lock(mutex_);
  return std::max(over(account_key(tenant, user, ip), kFailuresPerAccount, now),
                  over(address_key(ip), kFailuresPerAddress, now));
}

void LoginThrottle::count(const std::string& key, SteadyTime now) {
  if (counts_.size() >= kMaxKeys) {
    // Full of what an attacker made up: forget what is over, then everything.
    std::erase_if(counts_, [&](const auto& item) { return item.second.since + kWindow <= now; });
    if (counts_.size() >= kMaxKeys) counts_.clear();
  }
  Count& entry = counts_.try_emplace(key, Count{0, now}).first->second;
  ++entry.failures;
}

void LoginThrottle::failed(std::string_view tenant, std::string_view user, std::string_view ip) {
  const SteadyTime now = clock_.steady();
  const std::lock_guard lock(mutex_);
  count(account_key(tenant, user, ip), now);
  count(address_key(ip), now);
}

void LoginThrottle::succeeded(std::string_view tenant, std::string_view user, std::string_view ip) {
  const std::lock_guard lock(mutex_);
  counts_.erase(account_key(tenant, user, ip));
}

}  // namespace portcullis::bff
