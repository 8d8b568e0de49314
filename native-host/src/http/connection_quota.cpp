#include "http/connection_quota.hpp"

#include <algorithm>

#include "base/ip_address.hpp"

namespace portcullis::bff {

void ConnectionQuota::set(std::size_t per_address, std::vector<Cidr> proxies) {
  const std::lock_guard lock(mutex_);
  per_address_ = per_address;
  proxies_ = std::move(proxies);
}

std::optional<ConnectionQuota::Slot> ConnectionQuota::enter(std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const bool free =
      per_address_ == 0 || std::any_of(proxies_.begin(), proxies_.end(),
                                       [&](const Cidr& range) { return range.contains(peer); });
  if (free) return Slot();
  std::string key = site_of(peer);
  std::size_t& open = open_[key];
  if (open >= per_address_) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  ++open;
  return Slot(this, std::move(key));
}

void ConnectionQuota::leave(const std::string& key) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(key);
  if (found != open_.end() && --found->second == 0) open_.erase(found);
}

}  // namespace portcullis::bff
