// Page keys: the secrets with which pages stamp their calls (formats: portcullis/stamp.hpp), and
// the port of the store that holds them (adapters/memory/memory_page_keys.hpp).
//
// A page gets a key for its boot token (boot_tokens.hpp); the key belongs to that session and
// tenant. It ends with its session, when its page is left, when a newer key replaces it, when its
// session or account has too many (least recently used first), and with the process. A quarantine
// ends it for that plugin: stamps which the plugin's code may have hoarded stay invalid, even after
// the quarantine, until the page has a new key. While a page is in the back/forward cache its key
// accepts no stamps.
//
// The store does not decide which calls need a stamp (enforce/stages_caller).
//
// Contract of every store (native-host/tests/adapters/page_keys_contract_test.cpp):
//   replay       of two claims of one counter exactly one succeeds, across all threads and
//                processes. A forged stamp never moves the window: only a check() without fault can
//                be claimed.
//   consistency  once end_session(), end_plugin() or change() has returned, every later check() and
//                claim() in this process sees it.
//   failure      a store that cannot answer throws from Answer::wait(): the call is refused.
//   blocking     nothing blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/answer.hpp"
#include "domain/owner_quotas.hpp"
#include "domain/sessions.hpp"
#include "domain/tenant_key.hpp"
#include "portcullis/stamp.hpp"

namespace portcullis::bff {

/// Why a stamp is invalid, for the log and the answer's detail.
enum class StampFault : std::uint8_t {
  kNone,
  kUnknownKey,   ///< the session has no such key
  kWrongMac,     ///< made for another call, or forged
  kAsleep,       ///< its page is in the back/forward cache
  kPluginEnded,  ///< the plugin was quarantined after the key was made
  kReplayed,     ///< its counter was used or is too old
};

/// The call that a stamp authenticates.
struct StampedCall {
  std::string_view caller;  ///< a plugin id, or kHostCaller
  std::string_view method;
  std::string_view target;  ///< canonical path
};

/// The result of check(). Only the store that made it can claim it.
struct StampCheck {
  StampFault fault = StampFault::kUnknownKey;
  std::uint64_t counter = 0;
  std::shared_ptr<void> key;  ///< null if there is a fault
};

/// A key as sent to the page.
struct NewPageKey {
  std::string id;
  std::string secret;  ///< base64url of 32 bytes; not stored in this form
};

/// The store of page keys. Thread-safe.
class PageKeys {
 public:
  /// Live keys per account and per tenant.
  static constexpr std::size_t kMaxPerAccount = 512;
  static constexpr std::size_t kMaxPerTenant = 50'000;
  /// Ended plugins per tenant that are remembered by name. One more invalidates the stamps that any
  /// plugin of the tenant makes with the current keys.
  static constexpr std::size_t kMaxEnded = 1'024;

  PageKeys() = default;
  virtual ~PageKeys() = default;
  PageKeys(const PageKeys&) = delete;
  PageKeys& operator=(const PageKeys&) = delete;

  /// Creates a key for the session. If a quota is reached, a key of the account that fills it ends.
  [[nodiscard]] virtual Answer<NewPageKey> create(const Session& session) = 0;
  /// Replaces key `id` by a new one. Returns nullopt if the session has no such key.
  [[nodiscard]] virtual Answer<std::optional<NewPageKey>> renew(const Session& session,
                                                                std::string_view id) = 0;

  /// Verifies that the stamp is valid for this call and unused. Changes only the key's last use.
  [[nodiscard]] virtual Answer<StampCheck> check(const Stamp& stamp, const Session& session,
                                                 const StampedCall& call) = 0;
  /// Consumes the counter of a check without fault. Returns kNone, or a fault that has arisen
  /// since: kReplayed, kUnknownKey, kAsleep.
  [[nodiscard]] virtual Answer<StampFault> claim(const StampCheck& checked) = 0;

  /// Applies a page's signed change of state (stamp.hpp). Returns true if the key exists and the
  /// MAC is valid; a step not above the last one has no effect.
  [[nodiscard]] virtual Answer<bool> change(const Session& session, std::string_view id,
                                            std::string_view change, std::uint64_t step,
                                            std::string_view mac) = 0;

  /// Ends all keys of a session.
  virtual void end_session(std::uint64_t serial) = 0;
  /// Invalidates this plugin's stamps under all current keys.
  virtual void end_plugin(TenantPluginView plugin) = 0;

  /// Number of live keys.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Keys ended because of a quota, since the start.
  [[nodiscard]] virtual const QuotaCounts& replaced() const noexcept = 0;
};

}  // namespace portcullis::bff
