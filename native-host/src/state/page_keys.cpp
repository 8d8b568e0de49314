#include "state/page_keys.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "portcullis/limits.hpp"
#include "state/hmac.hpp"
#include "state/random.hpp"
#include "state/replay_window.hpp"

namespace portcullis::bff {

namespace {
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSecretBytes = 32;
}  // namespace

struct PageKeys::Key {
  Key(std::string name, std::uint64_t number, std::uint64_t session_serial,
      std::span<const std::uint8_t> secret)
      : id(std::move(name)), made(number), session(session_serial), hmac(secret) {}

  const std::string id;
  const std::uint64_t made;
  const std::uint64_t session;
  const HmacKey hmac;
  std::atomic<std::int64_t> used_ns{0};  // when it was made or last used

  std::mutex mutex;  // the rest
  ReplayWindow window;
  std::uint64_t step = 0;
  bool asleep = false;
  bool over = false;
};

PageKeys::KeyPtr PageKeys::find(std::string_view id, const Session& session) const {
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(id);
  // Serials are never given twice, whatever the tenant: the session's key is the tenant's.
  return found == keys_.end() || found->second->session != session.serial ? nullptr : found->second;
}

void PageKeys::erase(const KeyPtr& key) {
  {
    // Who found it before waits here or is done: from now on it takes nothing.
    const std::lock_guard lock(key->mutex);
    key->over = true;
  }
  keys_.erase(key->id);
  const auto own = by_session_.find(key->session);
  if (own == by_session_.end()) return;
  std::erase(own->second, key);
  if (own->second.empty()) by_session_.erase(own);
}

void PageKeys::make_room(const std::vector<KeyPtr>& of_session) {
  if (of_session.size() < limits::kMaxPageKeysPerSession) return;
  const KeyPtr oldest =
      *std::min_element(of_session.begin(), of_session.end(), [](const KeyPtr& a, const KeyPtr& b) {
        return a->used_ns.load(std::memory_order_relaxed) <
               b->used_ns.load(std::memory_order_relaxed);
      });
  erase(oldest);
}

std::optional<PageKeys::Made> PageKeys::create(const Session& session) {
  std::array<std::uint8_t, kSecretBytes> secret{};
  random_bytes(secret);
  Made out{random_token(kIdBytes), base64url_encode(secret)};
  {
    const std::lock_guard lock(mutex_);
    if (const auto own = by_session_.find(session.serial); own != by_session_.end()) {
      make_room(own->second);
    }
    if (keys_.size() >= kMaxKeys) return std::nullopt;
    auto key = std::make_shared<Key>(out.id, ++made_, session.serial, secret);
    key->used_ns = clock_.coarse().time_since_epoch().count();
    keys_.emplace(out.id, key);
    by_session_[session.serial].push_back(std::move(key));
  }
  OPENSSL_cleanse(secret.data(), secret.size());
  return out;
}

std::optional<PageKeys::Made> PageKeys::renew(const Session& session, std::string_view id) {
  const KeyPtr old = find(id, session);
  if (!old) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    if (!keys_.contains(id)) return std::nullopt;  // two at once: one page, one key
    erase(old);
  }
  return create(session);
}

StampFault PageKeys::check(const Stamp& stamp, const Session& session, const StampedCall& call) {
  const KeyPtr key = find(stamp.key_id, session);
  if (!key) return StampFault::kUnknownKey;
  thread_local std::string message;
  stamp_message(message, stamp.key_id, call.caller, call.method, call.target, stamp.counter);
  if (!key->hmac.verify(message, stamp.mac)) return StampFault::kWrongMac;
  {
    const std::lock_guard lock(key->mutex);
    if (key->over) return StampFault::kUnknownKey;
    if (key->asleep) return StampFault::kAsleep;
    if (!key->window.claim(stamp.counter)) return StampFault::kReplayed;
  }
  key->used_ns.store(clock_.coarse().time_since_epoch().count(), std::memory_order_relaxed);
  return call.caller != kHostCaller && any_ended_.load(std::memory_order_acquire) &&
                 ended_for(*key, {session.tenant, call.caller})
             ? StampFault::kPluginEnded
             : StampFault::kNone;
}

bool PageKeys::ended_for(const Key& key, TenantPluginView plugin) const {
  const std::shared_lock lock(mutex_);
  if (key.made <= all_ended_) return true;
  const auto found = ended_.find(plugin);
  return found != ended_.end() && key.made <= found->second;
}

bool PageKeys::change(const Session& session, std::string_view id, std::string_view change,
                      std::uint64_t step, std::string_view mac) {
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
  // A suspend that the following resume overtook must not put the page to sleep again.
  if (step <= key->step) return !key->over;
  key->step = step;
  key->asleep = change == kPageSuspend;
  return !key->over;
}

void PageKeys::end_session(std::uint64_t serial) {
  const std::lock_guard lock(mutex_);
  const auto own = by_session_.find(serial);
  if (own == by_session_.end()) return;
  const std::vector<KeyPtr> keys = own->second;
  for (const KeyPtr& key : keys) erase(key);
}

void PageKeys::end_plugin(TenantPluginView plugin) {
  const std::lock_guard lock(mutex_);
  const auto found = ended_.find(plugin);
  if (found != ended_.end()) {
    found->second = made_;
  } else if (ended_.size() < kMaxEnded) {
    ended_.emplace(TenantPlugin(plugin), made_);
  } else {
    ended_.clear();
    all_ended_ = made_;
  }
  any_ended_.store(true, std::memory_order_release);
}

std::size_t PageKeys::size() const {
  const std::shared_lock lock(mutex_);
  return keys_.size();
}

}  // namespace portcullis::bff
