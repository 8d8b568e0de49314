#include "adapters/memory/memory_page_keys.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "adapters/memory/replay_window.hpp"
#include "base/encoding.hpp"
#include "base/hmac.hpp"
#include "base/random.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace {
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSecretBytes = 32;
}  // namespace

struct MemoryPageKeys::Key {
  Key(std::string name, std::uint64_t number, std::uint64_t session_serial, Owner whose,
      std::span<const std::uint8_t> secret)
      : id(std::move(name)),
        made(number),
        session(session_serial),
        owner(std::move(whose)),
        hmac(secret) {}
  [[nodiscard]] std::int64_t used() const noexcept {
    return used_ns.load(std::memory_order_relaxed);
  }

  const std::string id;
  const std::uint64_t made;
  const std::uint64_t session;
  const Owner owner;
  const HmacKey hmac;
  std::atomic<std::int64_t> used_ns{0};  // creation or last use

  /// Requires the lock on `mutex`.
  [[nodiscard]] StampFault fault_of(std::uint64_t counter) const noexcept {
    if (over) return StampFault::kUnknownKey;
    if (asleep) return StampFault::kAsleep;
    return window.used(counter) ? StampFault::kReplayed : StampFault::kNone;
  }

  mutable std::mutex mutex;  // guards the rest
  ReplayWindow window;
  std::uint64_t step = 0;
  bool asleep = false;
  bool over = false;
};

MemoryPageKeys::KeyPtr MemoryPageKeys::find(std::string_view id, const Session& session) const {
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(id);
  // Serials are unique across tenants, so the session's key belongs to the tenant.
  return found == keys_.end() || found->second->session != session.serial ? nullptr : found->second;
}

void MemoryPageKeys::erase(const KeyPtr& key) {
  {
    // A thread that found the key earlier waits here or is done: from now on the key accepts
    // nothing.
    const std::lock_guard lock(key->mutex);
    key->over = true;
  }
  keys_.erase(key->id);
  owners_.remove(key->owner, key);
  const auto own = by_session_.find(key->session);
  if (own == by_session_.end()) return;
  std::erase(own->second, key);
  if (own->second.empty()) by_session_.erase(own);
}

void MemoryPageKeys::make_room(std::uint64_t session, const Owner& owner) {
  const auto own = by_session_.find(session);
  if (own != by_session_.end() && own->second.size() >= limits::kMaxPageKeysPerSession) {
    const KeyPtr oldest =
        *std::min_element(own->second.begin(), own->second.end(),
                          [](const KeyPtr& a, const KeyPtr& b) { return a->used() < b->used(); });
    erase(oldest);
    replaced_.add(Quota::kSession);
  }
  constexpr OwnerLimits kLimits{kMaxPerAccount, 0, kMaxPerTenant};
  while (const auto victim = owners_.next_victim(owner, kLimits)) {
    erase(victim->entry);
    replaced_.add(victim->quota);
  }
}

NewPageKey MemoryPageKeys::make(const Session& session) {
  std::array<std::uint8_t, kSecretBytes> secret{};
  random_bytes(secret);
  NewPageKey out{random_token(kIdBytes), base64url_encode(secret)};
  const Owner owner{session.tenant, session.account(), {}};
  {
    const std::lock_guard lock(mutex_);
    make_room(session.serial, owner);
    auto key = std::make_shared<Key>(out.id, ++made_, session.serial, owner, secret);
    key->used_ns = clock_.coarse().time_since_epoch().count();
    keys_.emplace(out.id, key);
    owners_.add(owner, key);
    by_session_[session.serial].push_back(std::move(key));
  }
  OPENSSL_cleanse(secret.data(), secret.size());
  return out;
}

Answer<NewPageKey> MemoryPageKeys::create(const Session& session) { return make(session); }

Answer<std::optional<NewPageKey>> MemoryPageKeys::renew(const Session& session,
                                                        std::string_view id) {
  using Renewed = std::optional<NewPageKey>;
  const KeyPtr old = find(id, session);
  if (!old) return Renewed();
  {
    const std::lock_guard lock(mutex_);
    if (!keys_.contains(id)) return Renewed();  // concurrent renewals: a page has one key
    erase(old);
  }
  return Renewed(make(session));
}

Answer<StampCheck> MemoryPageKeys::check(const Stamp& stamp, const Session& session,
                                         const StampedCall& call) {
  const auto fault = [](StampFault what) { return StampCheck{what, 0, nullptr}; };
  KeyPtr key = find(stamp.key_id, session);
  if (!key) return fault(StampFault::kUnknownKey);
  thread_local std::string message;
  stamp_message(message, stamp.key_id, call.caller, call.method, call.target, stamp.counter);
  if (!key->hmac.verify(message, stamp.mac)) return fault(StampFault::kWrongMac);
  {
    const std::lock_guard lock(key->mutex);
    const StampFault found = key->fault_of(stamp.counter);
    if (found != StampFault::kNone) return fault(found);
  }
  key->used_ns.store(clock_.coarse().time_since_epoch().count(), std::memory_order_relaxed);
  if (call.caller != kHostCaller && any_ended_.load(std::memory_order_acquire) &&
      ended_for(*key, {session.tenant, call.caller})) {
    return fault(StampFault::kPluginEnded);
  }
  return StampCheck{StampFault::kNone, stamp.counter, std::move(key)};
}

Answer<StampFault> MemoryPageKeys::claim(const StampCheck& checked) {
  if (checked.fault != StampFault::kNone) return checked.fault;
  Key& key = *static_cast<Key*>(checked.key.get());
  const std::lock_guard lock(key.mutex);
  const StampFault found = key.fault_of(checked.counter);
  if (found == StampFault::kNone) (void)key.window.claim(checked.counter);
  return found;
}

bool MemoryPageKeys::ended_for(const Key& key, TenantPluginView plugin) const {
  const std::shared_lock lock(mutex_);
  const auto tenant = ended_.find(plugin.tenant);
  if (tenant == ended_.end()) return false;
  if (key.made <= tenant->second.all) return true;
  const auto found = tenant->second.plugins.find(plugin.plugin_id);
  return found != tenant->second.plugins.end() && key.made <= found->second;
}

Answer<bool> MemoryPageKeys::change(const Session& session, std::string_view id,
                                    std::string_view change, std::uint64_t step,
                                    std::string_view mac) {
  const KeyPtr key = find(id, session);
  if (!key) return false;
  std::string message;
  page_message(message, id, change, step);
  if (!key->hmac.verify(message, mac)) return false;
  if (change == kPageRelease) {
    const std::lock_guard lock(mutex_);
    erase(key);
    return true;
  }
  const std::lock_guard lock(key->mutex);
  // A late suspend must not suspend the page again after its resume.
  if (step <= key->step) return !key->over;
  key->step = step;
  key->asleep = change == kPageSuspend;
  return !key->over;
}

void MemoryPageKeys::end_session(std::uint64_t serial) {
  const std::lock_guard lock(mutex_);
  const auto own = by_session_.find(serial);
  if (own == by_session_.end()) return;
  const std::vector<KeyPtr> keys = own->second;
  for (const KeyPtr& key : keys) erase(key);
}

void MemoryPageKeys::end_plugin(TenantPluginView plugin) {
  const std::lock_guard lock(mutex_);
  auto tenant = ended_.find(plugin.tenant);
  if (tenant == ended_.end()) tenant = ended_.emplace(plugin.tenant, Ended{}).first;
  Ended& ended = tenant->second;
  const auto found = ended.plugins.find(plugin.plugin_id);
  if (found != ended.plugins.end()) {
    found->second = made_;
  } else if (ended.plugins.size() < kMaxEnded) {
    ended.plugins.emplace(plugin.plugin_id, made_);
  } else {
    ended.plugins.clear();
    ended.all = made_;
  }
  any_ended_.store(true, std::memory_order_release);
}

std::size_t MemoryPageKeys::size() const {
  const std::shared_lock lock(mutex_);
  return keys_.size();
}

}  // namespace portcullis::bff
