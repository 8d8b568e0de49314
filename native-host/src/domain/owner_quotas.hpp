// Quotas of a shared table: how many entries an account, a client address and a tenant may have,
// and which entry is removed when one of them exceeds its limit.
//
// An entry is never removed in favour of another owner:
//   - an account at its limit loses its own least recently used entry;
//   - at the limit of an address or a tenant, the account with the most entries there loses its
//     least recently used one. A flood therefore only displaces itself.
// So a new entry always fits, and a tenant's table never grows at another's expense.
//
// Not thread-safe: hold the table's lock while calling next_victim() and remove() until there is no
// victim, then add(). Complexity: O(log n), plus O(quota of an account) to choose or remove an
// entry.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace portcullis::bff {

/// The kinds of quotas.
enum class Quota : std::uint8_t { kSession, kAccount, kAddress, kTenant };
inline constexpr std::size_t kQuotas = 4;
/// The metric label of a quota.
[[nodiscard]] constexpr std::string_view name(Quota quota) noexcept {
  constexpr std::array<std::string_view, kQuotas> kNames{"session", "account", "address", "tenant"};
  return kNames[static_cast<std::size_t>(quota)];
}

/// How often each quota of a table was reached, for metrics. Thread-safe.
class QuotaCounts {
 public:
  /// Counts one event.
  void add(Quota quota) noexcept {
    counts_[static_cast<std::size_t>(quota)].fetch_add(1, std::memory_order_relaxed);
  }
  /// Number of events since the start.
  [[nodiscard]] std::uint64_t of(Quota quota) const noexcept {
    return counts_[static_cast<std::size_t>(quota)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kQuotas> counts_{};
};

/// The owner of an entry. An empty address has no quota.
struct Owner {
  std::string tenant;
  std::string account;  ///< unique within the tenant
  std::string address;  ///< site_of() the client
};

/// Maximum number of entries per owner.
struct OwnerLimits {
  std::size_t account;
  std::size_t address;
  std::size_t tenant;
};

/// The quotas of one table. `Ptr` points to an entry with `used()`: a number that grows with the
/// time of its last use.
template <typename Ptr>
class OwnerQuotas {
 public:
  /// An entry to remove, and the quota that demands it.
  struct Victim {
    Ptr entry;
    Quota quota;
  };

  /// The entry to remove before another one of this owner fits; nothing if it fits.
  [[nodiscard]] std::optional<Victim> next_victim(const Owner& owner,
                                                  const OwnerLimits& limits) const {
    const auto tenant = tenants_.find(owner.tenant);
    if (tenant == tenants_.end()) return std::nullopt;
    const auto share = tenant->second.shares.find(owner.account);
    if (share != tenant->second.shares.end() && share->second.size() >= limits.account) {
      return Victim{longest_unused(share->second), Quota::kAccount};
    }
    if (!owner.address.empty()) {
      const auto address = addresses_.find(at_address(owner));
      if (address != addresses_.end() && address->second.size >= limits.address) {
        return Victim{of_largest(address->second), Quota::kAddress};
      }
    }
    if (tenant->second.size >= limits.tenant) {
      return Victim{of_largest(tenant->second), Quota::kTenant};
    }
    return std::nullopt;
  }

  /// Counts an entry.
  void add(const Owner& owner, Ptr entry) {
    const std::uint64_t number = ++added_;
    put(tenants_[owner.tenant], owner.account, number, entry);
    if (!owner.address.empty()) {
      put(addresses_[at_address(owner)], owner.account, number, std::move(entry));
    }
  }

  /// Stops counting an entry; no effect if it is not counted.
  void remove(const Owner& owner, const Ptr& entry) {
    take(tenants_, owner.tenant, owner.account, entry);
    if (!owner.address.empty()) take(addresses_, at_address(owner), owner.account, entry);
  }

  /// Whether no entry is counted.
  [[nodiscard]] bool empty() const noexcept { return tenants_.empty() && addresses_.empty(); }

 private:
  using Share = std::vector<std::pair<std::uint64_t, Ptr>>;  // by number
  struct Group {
    std::map<std::string, Share> shares;
    /// By size, then by age of the oldest entry; the last one loses an entry.
    std::set<std::tuple<std::size_t, std::uint64_t, const std::string*>> by_size;
    std::size_t size = 0;
  };
  using Groups = std::map<std::string, Group>;

  /// Addresses are counted per tenant: activity in one tenant does not affect another.
  static std::string at_address(const Owner& owner) { return owner.tenant + "\n" + owner.address; }
  static Ptr longest_unused(const Share& share) {
    // The clock is coarse. Among entries last used in the same tick the newest goes, because an
    // older one was in use before.
    return std::min_element(share.begin(), share.end(),
                            [](const auto& a, const auto& b) {
                              const auto used = a.second->used();
                              const auto than = b.second->used();
                              return used < than || (used == than && a.first > b.first);
                            })
        ->second;
  }
  static Ptr of_largest(const Group& group) {
    return longest_unused(group.shares.find(*std::get<2>(*group.by_size.rbegin()))->second);
  }
  static auto place(const std::string& name, const Share& share) {
    return std::tuple(share.size(), ~share.front().first, &name);
  }
  static void put(Group& group, const std::string& name, std::uint64_t number, Ptr entry) {
    const auto share = group.shares.try_emplace(name).first;
    if (!share->second.empty()) group.by_size.erase(place(share->first, share->second));
    share->second.emplace_back(number, std::move(entry));
    group.by_size.insert(place(share->first, share->second));
    ++group.size;
  }
  static void take(Groups& groups, const std::string& of, const std::string& name,
                   const Ptr& entry) {
    const auto group = groups.find(of);
    if (group == groups.end()) return;
    const auto share = group->second.shares.find(name);
    if (share == group->second.shares.end()) return;
    const auto found = std::find_if(share->second.begin(), share->second.end(),
                                    [&](const auto& item) { return item.second == entry; });
    if (found == share->second.end()) return;
    group->second.by_size.erase(place(share->first, share->second));
    share->second.erase(found);
    if (share->second.empty()) {
      group->second.shares.erase(share);
    } else {
      group->second.by_size.insert(place(share->first, share->second));
    }
    if (--group->second.size == 0) groups.erase(group);
  }

  Groups tenants_;
  Groups addresses_;
  std::uint64_t added_ = 0;
};

}  // namespace portcullis::bff
