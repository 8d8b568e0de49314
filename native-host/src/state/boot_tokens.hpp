// Boot tokens: what a document carries so that its page, and no other script of the origin, gets a
// page key (page_keys.hpp).
//
// A token goes into the answer to a navigation only; `fetch` of the document has none. It is worth
// one trade within kLife. Until it is traded nothing is remembered of it, so that a flood of
// navigations holds no memory: it is its time of issue and a nonce, and a MAC over both and the
// tenant by a key that this process made up. A restart therefore refuses what went out before.
// The nonces that were traded are remembered until no token with them could be taken any more;
// when there are too many, trades are refused, never repeated.
//
// Not bound to a session: who has none yet gets the page, too, and signs in on it.
//
// Safe from any thread. issue() costs a MAC, trade() a MAC and a hash look-up under one lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "state/clock.hpp"
#include "state/hmac.hpp"

namespace portcullis::bff {

class BootTokens {
 public:
  static constexpr std::chrono::minutes kLife{10};
  static constexpr std::size_t kMaxTraded = 65'536;
  /// So that one session cannot use up the others' trades.
  static constexpr std::size_t kMaxTradedPerSession = 512;

  explicit BootTokens(const Clock& clock);
  BootTokens(const BootTokens&) = delete;
  BootTokens& operator=(const BootTokens&) = delete;

  /// A new token, base64url.
  [[nodiscard]] std::string issue(std::string_view tenant) const;

  enum class Trade : std::uint8_t { kDone, kRefused, kFull };
  /// kDone at most once for each token.
  [[nodiscard]] Trade trade(std::string_view token, std::string_view tenant, std::uint64_t session);

  /// How many traded nonces are remembered.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Traded {
    SteadyTime until;
    std::uint64_t session;
    std::string nonce;
  };
  [[nodiscard]] Mac mac(std::string_view tenant, std::string_view time_and_nonce) const;
  void forget(SteadyTime now);  // mutex_ held

  const Clock& clock_;
  const HmacKey key_;
  mutable std::mutex mutex_;
  std::deque<Traded> order_;  // by `until`
  std::unordered_set<std::string> nonces_;
  std::unordered_map<std::uint64_t, std::size_t> by_session_;
};

}  // namespace portcullis::bff
