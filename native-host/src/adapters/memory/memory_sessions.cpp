#include "adapters/memory/memory_sessions.hpp"

#include <algorithm>
#include <optional>

#include "base/encoding.hpp"
#include "base/random.hpp"

namespace portcullis::bff {
namespace {

constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kIdChars = 43;  // base64url of 32 bytes

/// The id's first 64 bits. Nullopt for texts that cannot be an id. Only the length of the rest is
/// checked: the comparison decides whether it is the issued id.
std::optional<std::uint64_t> selector_of(std::string_view id) {
  if (id.size() != kIdChars) return std::nullopt;
  std::uint64_t selector = 0;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < 11; ++i) {
    const int value = base64url_value(id[i]);
    if (value < 0) return std::nullopt;
    last = static_cast<std::uint64_t>(value);
    selector = i < 10 ? selector << 6U | last : selector << 4U | last >> 2U;
  }
  return selector;
}

std::int64_t nanos(std::chrono::seconds duration) noexcept {
  return std::chrono::nanoseconds(duration).count();
}

}  // namespace

MemorySessions::MemorySessions(const Clock& clock, SessionLimits limits)
    : clock_(clock),
      idle_ns_(nanos(limits.idle)),
      max_ns_(nanos(limits.max)),
      limits_{limits.per_account, limits.per_address, limits.per_tenant} {}

bool MemorySessions::expired(const Entry& entry, SteadyTime now) const noexcept {
  return now.time_since_epoch().count() - entry.used() >= idle_ns_.load() ||
         now - entry.created >= std::chrono::nanoseconds(max_ns_.load());
}

/// Inserts the session under a new id.
void MemorySessions::insert(const EntryPtr& entry) {
  auto session = std::make_shared<Session>(*entry->session);
  for (;;) {
    session->id = random_token(kIdBytes);
    entry->session = session;
    const std::uint64_t selector = *selector_of(session->id);
    Shard& shard = shards_[selector % kShards];
    const std::lock_guard lock(shard.mutex);
    if (shard.entries.try_emplace(selector, entry).second) break;
  }
  count_.fetch_add(1);
}

Answer<SessionPtr> MemorySessions::create(NewSession what) {
  auto session = std::make_shared<Session>();
  session->serial = next_serial_.fetch_add(1);
  session->csrf_token = random_token();
  session->tenant = std::move(what.tenant);
  session->user = std::move(what.user);
  session->display_name = std::move(what.display_name);
  session->provider = std::move(what.provider);
  session->subject_type = std::move(what.subject_type);
  session->subject_id = std::move(what.subject_id);
  session->roles = std::move(what.roles);
  session->credential = what.credential;
  session->created_at = clock_.wall();

  // Not coarse: the order of use within a tick matters.
  const SteadyTime now = clock_.steady();
  auto entry = std::make_shared<Entry>();
  entry->owner = {session->tenant, session->account(), std::move(what.address)};
  entry->created = now;
  entry->seen_ns = now.time_since_epoch().count();
  entry->session = std::move(session);

  std::vector<EntryPtr> replaced;
  {
    // A thread that ends it meanwhile waits here and finds it among its owner's entries.
    const std::lock_guard lock(owners_mutex_);
    while (const auto victim = owners_.next_victim(entry->owner, limits_)) {
      owners_.remove(victim->entry->owner, victim->entry);
      replaced_.add(victim->quota);
      replaced.push_back(victim->entry);
    }
    insert(entry);
    owners_.add(entry->owner, entry);
  }
  for (const EntryPtr& old : replaced) {
    // A session that ended meanwhile was already reported.
    (void)destroy(old->session->id, old->session->tenant, SessionEnd::kReplaced);
  }
  return entry->session;
}

Answer<SessionPtr> MemorySessions::find(std::string_view id, std::string_view tenant) {
  const auto selector = selector_of(id);
  if (!selector) return SessionPtr();
  Shard& shard = shards_[*selector % kShards];
  EntryPtr ended;
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(*selector);
    if (found == shard.entries.end()) return SessionPtr();
    Entry& entry = *found->second;
    if (!equal_constant_time(entry.session->id, id) || entry.session->tenant != tenant) {
      return SessionPtr();
    }
    const SteadyTime now = clock_.steady();
    if (!expired(entry, now)) {
      entry.seen_ns.store(now.time_since_epoch().count(), std::memory_order_relaxed);
      return entry.session;
    }
    ended = std::move(found->second);
    shard.entries.erase(found);
    count_.fetch_sub(1);
  }
  finish({ended}, SessionEnd::kExpired);
  return SessionPtr();
}

bool MemorySessions::alive(const Session& session) const {
  const auto selector = selector_of(session.id);
  if (!selector) return false;
  const Shard& shard = shards_[*selector % kShards];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(*selector);
  return found != shard.entries.end() && found->second->session->serial == session.serial &&
         !expired(*found->second, clock_.coarse());
}

Answer<bool> MemorySessions::destroy(std::string_view id, std::string_view tenant, SessionEnd why) {
  const auto selector = selector_of(id);
  if (!selector) return false;
  Shard& shard = shards_[*selector % kShards];
  EntryPtr ended;
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(*selector);
    if (found == shard.entries.end() || !equal_constant_time(found->second->session->id, id) ||
        found->second->session->tenant != tenant) {
      return false;
    }
    ended = std::move(found->second);
    shard.entries.erase(found);
    count_.fetch_sub(1);
  }
  finish({ended}, why);
  return true;
}

std::size_t MemorySessions::destroy_if(const std::function<bool(const Session&)>& doomed,
                                       SessionEnd why) {
  std::vector<EntryPtr> ended;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto at = shard.entries.begin(); at != shard.entries.end();) {
      if (doomed(*at->second->session)) {
        ended.push_back(std::move(at->second));
        at = shard.entries.erase(at);
        count_.fetch_sub(1);
      } else {
        ++at;
      }
    }
  }
  finish(ended, why);
  return ended.size();
}

std::size_t MemorySessions::sweep(const std::unordered_set<std::uint64_t>& in_use) {
  const SteadyTime now = clock_.coarse();
  std::vector<EntryPtr> ended;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto at = shard.entries.begin(); at != shard.entries.end();) {
      Entry& entry = *at->second;
      if (in_use.contains(entry.session->serial)) {
        entry.seen_ns.store(now.time_since_epoch().count(), std::memory_order_relaxed);
      }
      if (expired(entry, now)) {
        ended.push_back(std::move(at->second));
        at = shard.entries.erase(at);
        count_.fetch_sub(1);
      } else {
        ++at;
      }
    }
  }
  finish(ended, SessionEnd::kExpired);
  return ended.size();
}

void MemorySessions::on_end(EndCallback callback) { callbacks_.push_back(std::move(callback)); }

void MemorySessions::set_limits(SessionLimits limits) {
  idle_ns_.store(nanos(limits.idle));
  max_ns_.store(nanos(limits.max));
  const std::lock_guard lock(owners_mutex_);
  limits_ = {limits.per_account, limits.per_address, limits.per_tenant};
}

void MemorySessions::finish(const std::vector<EntryPtr>& ended, SessionEnd why) {
  if (ended.empty()) return;
  {
    const std::lock_guard lock(owners_mutex_);
    for (const EntryPtr& entry : ended) owners_.remove(entry->owner, entry);
  }
  for (const EntryPtr& entry : ended) {
    for (const EndCallback& callback : callbacks_) callback(entry->session, why);
  }
}

}  // namespace portcullis::bff
