// Boot tokens: what a document carries so that its page, and no other script of the origin, gets a
// page key (page_keys.hpp).
//
// A token goes into the answer to a navigation only; `fetch` of the document has none. It is worth
// one trade within kLife. Until it is traded nothing is remembered of it, so that a flood of
// navigations holds no memory: it is its time of issue and a nonce, and a MAC over both and the
// tenant by a key that this process made up. A restart therefore refuses what went out before.
// The nonces that were traded are remembered until no token with them could be taken any more.
//
// An account that trades more than kMaxPerAccount within kLife has its oldest one forgotten, and
// from then on takes no token that is as old as that: what was traded once is never traded again by
// the same account. (Another account could; what it gets is a key of its own session, which it gets
// for any token.) So nobody's trades are refused because of somebody else's.
//
// Not bound to a session: who has none yet gets the page, too, and signs in on it.
//
// Safe from any thread. issue() costs a MAC, trade() a MAC and look-ups under one lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/hmac.hpp"
#include "domain/owner_quotas.hpp"

namespace portcullis::bff {

class BootTokens {
 public:
  static constexpr std::chrono::minutes kLife{10};
  static constexpr std::size_t kMaxPerAccount = 512;
  static constexpr std::size_t kMaxPerTenant = 65'536;

  explicit BootTokens(const Clock& clock);
  BootTokens(const BootTokens&) = delete;
  BootTokens& operator=(const BootTokens&) = delete;

  /// A new token, base64url.
  [[nodiscard]] std::string issue(std::string_view tenant) const;

  enum class Trade : std::uint8_t { kDone, kRefused };
  /// kDone at most once for each token and account. `account` is unique within the tenant.
  [[nodiscard]] Trade trade(std::string_view token, std::string_view tenant,
                            std::string_view account);

  /// How many traded nonces are remembered.
  [[nodiscard]] std::size_t size() const;
  /// Nonces that were forgotten early, because a quota was reached.
  [[nodiscard]] const QuotaCounts& replaced() const noexcept { return replaced_; }

 private:
  struct Traded {
    std::uint64_t issued_ms;
    std::string nonce;
    Owner owner;
    [[nodiscard]] std::uint64_t used() const noexcept { return issued_ms; }
  };
  using TradedPtr = std::shared_ptr<const Traded>;
  struct ByAge {
    bool operator()(const TradedPtr& a, const TradedPtr& b) const noexcept {
      return a->issued_ms != b->issued_ms ? a->issued_ms < b->issued_ms : a->nonce < b->nonce;
    }
  };
  using Account = std::pair<std::string, std::string>;  // tenant, account

  [[nodiscard]] Mac mac(std::string_view tenant, std::string_view time_and_nonce) const;
  void forget_old(std::uint64_t now_ms);                                   // mutex_ held
  void remember(std::uint64_t issued_ms, std::string nonce, Owner owner);  // mutex_ held

  const Clock& clock_;
  const HmacKey key_;
  QuotaCounts replaced_;
  mutable std::mutex mutex_;
  std::set<TradedPtr, ByAge> by_age_;
  std::set<std::string, std::less<>> nonces_;
  OwnerQuotas<TradedPtr> owners_;
  std::map<Account, std::uint64_t> refused_until_;  // tokens of this time and before
  std::set<std::pair<std::uint64_t, Account>> refusals_by_age_;
};

}  // namespace portcullis::bff
