// Boot tokens, and the port of the store that issues and trades them
// (adapters/memory/memory_boot_tokens.hpp). A document carries a token so that its page, and no
// other script of the origin, gets a page key (page_keys.hpp).
//
// Only the answer to a navigation contains a token; a `fetch` of the document does not. A token is
// valid for one trade within kLife, in the session that the document was requested in: a token that
// another machine fetched is worth nothing in this one. A document that was requested without a
// session has no token (ADR 0019).
//
// Contract of every store (native-host/tests/adapters/boot_tokens_contract_test.cpp):
//   session      a token is traded in its own session only; it ends with that session.
//   once         a token is traded at most once, across all threads and processes, whatever has
//                been forgotten because of a quota.
//   memory       issue() stores nothing, so that a flood of navigations uses no memory. Traded
//                tokens are remembered until tokens of their age are no longer accepted, with
//                quotas per account and tenant. What a quota forgets is never accepted again; one
//                account's trades never cause another's to be refused.
//   failure      a store that cannot answer throws from Answer::wait(): no key is issued.
//   blocking     nothing blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/answer.hpp"
#include "domain/owner_quotas.hpp"
#include "domain/sessions.hpp"

namespace portcullis::bff {

/// The store of boot tokens. Thread-safe.
class BootTokens {
 public:
  /// How long a token can be traded.
  static constexpr std::chrono::minutes kLife{10};
  /// Traded tokens remembered per account and per tenant.
  static constexpr std::size_t kMaxPerAccount = 512;
  static constexpr std::size_t kMaxPerTenant = 65'536;

  BootTokens() = default;
  virtual ~BootTokens() = default;
  BootTokens(const BootTokens&) = delete;
  BootTokens& operator=(const BootTokens&) = delete;

  /// A new token of this session, base64url-encoded.
  [[nodiscard]] virtual std::string issue(const Session& session) const = 0;

  enum class Trade : std::uint8_t { kDone, kRefused };
  /// Trades a token of this session. Returns kDone at most once per token.
  [[nodiscard]] virtual Answer<Trade> trade(std::string_view token, const Session& session) = 0;

  /// Number of traded tokens remembered.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Traded tokens forgotten early because of a quota, since the start.
  [[nodiscard]] virtual const QuotaCounts& replaced() const noexcept = 0;
};

}  // namespace portcullis::bff
