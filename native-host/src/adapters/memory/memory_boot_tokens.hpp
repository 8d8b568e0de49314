// Boot tokens of one process: a token is its time of issue and a nonce, with a MAC over both and
// the session (its tenant and its secret id) under a key of this process. A restart invalidates
// earlier tokens.
//
// If an account trades more than kMaxPerAccount tokens within kLife, its oldest trade is forgotten,
// and from then on it cannot trade tokens of that age or older. A token's session belongs to one
// account, so nobody trades a forgotten token again.
//
// Thread-safe. issue() costs a MAC, trade() a MAC and look-ups under one lock.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "base/clock.hpp"
#include "base/hmac.hpp"
#include "domain/boot_tokens.hpp"

namespace portcullis::bff {

/// The in-memory boot token store.
class MemoryBootTokens final : public BootTokens {
 public:
  explicit MemoryBootTokens(const Clock& clock);

  [[nodiscard]] std::string issue(const Session& session) const override;
  [[nodiscard]] Answer<Trade> trade(std::string_view token, const Session& session) override;
  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] const QuotaCounts& replaced() const noexcept override { return replaced_; }

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

  [[nodiscard]] Mac mac(const Session& session, std::string_view time_and_nonce) const;
  void forget_old(std::uint64_t now_ms);                                   // requires mutex_
  void remember(std::uint64_t issued_ms, std::string nonce, Owner owner);  // requires mutex_

  const Clock& clock_;
  const HmacKey key_;
  QuotaCounts replaced_;
  mutable std::mutex mutex_;
  std::set<TradedPtr, ByAge> by_age_;
  std::set<std::string, std::less<>> nonces_;
  OwnerQuotas<TradedPtr> owners_;
  std::map<Account, std::uint64_t> refused_until_;  // tokens issued up to this time are refused
  std::set<std::pair<std::uint64_t, Account>> refusals_by_age_;
};

}  // namespace portcullis::bff
