// Boot tokens: what a document carries so that its page, and no other script of the origin, gets a
// page key (page_keys.hpp); and the port of the store that issues and trades them
// (adapters/memory/memory_boot_tokens.hpp).
//
// A token is part of the answer to a navigation only; `fetch` of the document has none. It is worth
// one trade within kLife. It is not bound to a session: a visitor without one gets the page, too,
// and signs in on it.
//
// Contract of every store (native-host/tests/adapters/boot_tokens_contract_test.cpp):
//   once         one account trades a token at most once, whatever thread or process it comes from.
//   memory       issue() keeps nothing, so that a flood of navigations holds no memory. Traded
//                tokens are remembered until no token of their age is accepted any more, with
//                quotas for an account and a tenant; one account's trades never cause another
//                account's to be refused.
//   failure      a store that cannot answer throws from Answer::wait(): no key is given.
//   blocking     nothing blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/answer.hpp"
#include "domain/owner_quotas.hpp"

namespace portcullis::bff {

class BootTokens {
 public:
  static constexpr std::chrono::minutes kLife{10};
  static constexpr std::size_t kMaxPerAccount = 512;
  static constexpr std::size_t kMaxPerTenant = 65'536;

  BootTokens() = default;
  virtual ~BootTokens() = default;
  BootTokens(const BootTokens&) = delete;
  BootTokens& operator=(const BootTokens&) = delete;

  /// A new token, base64url.
  [[nodiscard]] virtual std::string issue(std::string_view tenant) const = 0;

  enum class Trade : std::uint8_t { kDone, kRefused };
  /// kDone at most once for each token and account. `account` is unique within the tenant.
  [[nodiscard]] virtual Answer<Trade> trade(std::string_view token, std::string_view tenant,
                                            std::string_view account) = 0;

  /// How many traded tokens are remembered.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Traded tokens that were forgotten early because a quota was reached, since the start.
  [[nodiscard]] virtual const QuotaCounts& replaced() const noexcept = 0;
};

}  // namespace portcullis::bff
