// Page keys: the secrets with which pages stamp their calls (portcullis/stamp.hpp has the texts),
// and the port of the store that holds them (adapters/memory/memory_page_keys.hpp).
//
// A key is made for each page that trades its boot token (boot_tokens.hpp), and belongs to that
// session and tenant. It ends with its session, when its page is left, when a newer one takes its
// place, when its session or account has too many (the one unused for longest goes), and with the
// process. For one plugin alone it ends when that plugin is quarantined: stamps that the plugin's
// code may have hoarded stay worthless, also after the quarantine, until the page has another key.
// While a page sleeps in the back/forward cache its key takes no stamps.
//
// The store does not decide which calls need a stamp (enforce/stages_caller).
//
// Contract of every store (native-host/tests/adapters/page_keys_contract_test.cpp):
//   replay       of two claims of one counter exactly one succeeds, whatever thread or process they
//                come from. A forged stamp never moves the window: only a check() that found no
//                fault can be claimed.
//   consistency  end_session(), end_plugin() and a change() that returned are seen by every later
//                check() and claim() in this process.
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

/// What is wrong with a stamp, for the log and the answer's sentence.
enum class StampFault : std::uint8_t {
  kNone,
  kUnknownKey,   ///< none of this session
  kWrongMac,     ///< of another call, or made up
  kAsleep,       ///< its page is in the back/forward cache
  kPluginEnded,  ///< the plugin was quarantined after the key was made
  kReplayed,     ///< its counter was used, or is too old
};

/// What a stamp stands for.
struct StampedCall {
  std::string_view caller;  ///< a plugin's id, or kHostCaller
  std::string_view method;
  std::string_view target;  ///< canonical
};

/// What check() found. Only the store that made it can claim it.
struct StampCheck {
  StampFault fault = StampFault::kUnknownKey;
  std::uint64_t counter = 0;
  std::shared_ptr<void> key;  ///< null when there is a fault
};

/// A key as the page gets it.
struct NewPageKey {
  std::string id;
  std::string secret;  ///< base64url of 32 bytes; nowhere else in this form
};

class PageKeys {
 public:
  static constexpr std::size_t kMaxPerAccount = 512;
  static constexpr std::size_t kMaxPerTenant = 50'000;
  /// Plugins of a tenant whose end is remembered by name; with one more, stamps of all its plugins
  /// made with the current keys become invalid.
  static constexpr std::size_t kMaxEnded = 1'024;

  PageKeys() = default;
  virtual ~PageKeys() = default;
  PageKeys(const PageKeys&) = delete;
  PageKeys& operator=(const PageKeys&) = delete;

  /// A new key of the session. Where a quota is reached, a key of the account that fills it ends.
  [[nodiscard]] virtual Answer<NewPageKey> create(const Session& session) = 0;
  /// A new key for the page of key `id`, which ends. Nullopt when the session has no such key.
  [[nodiscard]] virtual Answer<std::optional<NewPageKey>> renew(const Session& session,
                                                                std::string_view id) = 0;

  /// Whether the stamp is right for this call, and unused so far. Changes nothing but the time of
  /// the key's last use.
  [[nodiscard]] virtual Answer<StampCheck> check(const Stamp& stamp, const Session& session,
                                                 const StampedCall& call) = 0;
  /// Uses up the counter of a check without fault. kNone, or what came in between: kReplayed,
  /// kUnknownKey, kAsleep.
  [[nodiscard]] virtual Answer<StampFault> claim(const StampCheck& checked) = 0;

  /// A page's signed word on its own life: a change of stamp.hpp. True when the key exists and the
  /// MAC is right; a step that is not above the last one changes nothing.
  [[nodiscard]] virtual Answer<bool> change(const Session& session, std::string_view id,
                                            std::string_view change, std::uint64_t step,
                                            std::string_view mac) = 0;

  /// Ends every key of a session.
  virtual void end_session(std::uint64_t serial) = 0;
  /// Ends this plugin's stamps under every key that exists now.
  virtual void end_plugin(TenantPluginView plugin) = 0;

  /// Live keys.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Keys that ended because a quota was reached, since the start.
  [[nodiscard]] virtual const QuotaCounts& replaced() const noexcept = 0;
};

}  // namespace portcullis::bff
