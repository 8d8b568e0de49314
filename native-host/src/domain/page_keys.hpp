// Page keys: the secrets by which pages stamp their calls (portcullis/stamp.hpp has the texts).
//
// One is made for each page that trades its boot token (boot_tokens.hpp), and belongs to that
// session and tenant. It ends with its session, when its page is left, when a newer one takes its
// place, when its session or account has too many (the one that was not used for the longest time
// goes), and with the process. For one plugin alone it ends when that plugin is quarantined: what
// the plugin's code may have hoarded until then stays worthless after the quarantine, until the
// page is given another key. While a page sleeps in the back/forward cache its key takes no stamps.
//
// A counter is claimed under the key's own lock, and only after the MAC was found right: two
// connections on two threads cannot both use it, and a forged stamp cannot move the window.
//
// What it does not decide: which calls need a stamp (enforce/stamp.cpp).
//
// Safe from any thread. check() costs a look-up under a shared lock, a MAC, and the key's lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/keyed_hash.hpp"
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

class PageKeys {
 public:
  static constexpr std::size_t kMaxPerAccount = 512;
  static constexpr std::size_t kMaxPerTenant = 50'000;
  /// Plugins of a tenant whose end is remembered by name; with one more, stamps of all its
  /// plugins made with the current keys become invalid.
  static constexpr std::size_t kMaxEnded = 1'024;

  explicit PageKeys(const Clock& clock) : clock_(clock) {}
  PageKeys(const PageKeys&) = delete;
  PageKeys& operator=(const PageKeys&) = delete;

  struct Made {
    std::string id;
    std::string secret;  ///< base64url of 32 bytes; nowhere else in this form
  };
  /// Where a quota is reached, a key of the account that fills it ends.
  [[nodiscard]] Made create(const Session& session);
  /// A new key for the page of this one, which ends. Nullopt when there is none of this id.
  [[nodiscard]] std::optional<Made> renew(const Session& session, std::string_view id);

  /// Uses the stamp up when it is right.
  [[nodiscard]] StampFault check(const Stamp& stamp, const Session& session,
                                 const StampedCall& call);

  /// A page's own word on its life, signed: a change of stamp.hpp. True when the key is there and
  /// the MAC right; a step that is not above the last one changes nothing.
  bool change(const Session& session, std::string_view id, std::string_view change,
              std::uint64_t step, std::string_view mac);

  void end_session(std::uint64_t serial);
  /// Stamps of this plugin under every key that there is now.
  void end_plugin(TenantPluginView plugin);

  [[nodiscard]] std::size_t size() const;
  /// Keys that ended because a quota was reached.
  [[nodiscard]] const QuotaCounts& replaced() const noexcept { return replaced_; }

 private:
  struct Key;
  using KeyPtr = std::shared_ptr<Key>;

  [[nodiscard]] KeyPtr find(std::string_view id, const Session& session) const;
  [[nodiscard]] bool ended_for(const Key& key, TenantPluginView plugin) const;
  void erase(const KeyPtr& key);                              // mutex_ held
  void make_room(std::uint64_t session, const Owner& owner);  // mutex_ held

  const Clock& clock_;
  mutable std::shared_mutex mutex_;
  KeyedMap<KeyPtr> keys_;
  std::unordered_map<std::uint64_t, std::vector<KeyPtr>> by_session_;
  std::uint64_t made_ = 0;  // keys so far; a key's number in it

  OwnerQuotas<KeyPtr> owners_;
  QuotaCounts replaced_;

  struct Ended {
    std::uint64_t all = 0;  // keys up to this number are over for every plugin
    std::map<std::string, std::uint64_t, std::less<>> plugins;
  };
  std::atomic<bool> any_ended_{false};
  std::map<std::string, Ended, std::less<>> ended_;  // by tenant
};

}  // namespace portcullis::bff
