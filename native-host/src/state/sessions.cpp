#include "state/sessions.hpp"

#include <algorithm>
#include <optional>

#include "state/random.hpp"

namespace portcullis::bff {
namespace {

constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kIdChars = 43;  // base64url of 32 bytes

/// The id's first 64 bits. Nullopt for texts that cannot be an id. Of the rest only the length is
/// looked at: whether it is the id that was given out is what the comparison says.
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

bool Session::has_role(std::string_view role) const noexcept {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

std::string_view name(SessionEnd why) noexcept {
  switch (why) {
    case SessionEnd::kLogout:
      return "logout";
    case SessionEnd::kExpired:
      return "expired";
    case SessionEnd::kRevoked:
      return "revoked";
  }
  return "unknown";
}

SessionStore::SessionStore(const Clock& clock, SessionLimits limits)
    : clock_(clock),
      idle_ns_(nanos(limits.idle)),
      max_ns_(nanos(limits.max)),
      max_sessions_(limits.max_sessions) {}

bool SessionStore::expired(const Entry& entry, SteadyTime now) const noexcept {
  return now - entry.last_seen >= std::chrono::nanoseconds(idle_ns_.load()) ||
         now - entry.created >= std::chrono::nanoseconds(max_ns_.load());
}

SessionPtr SessionStore::create(NewSession what) {
  // The count is reserved before the entry exists, so that many logins at once cannot overshoot.
  if (count_.fetch_add(1) >= max_sessions_.load()) {
    count_.fetch_sub(1);
    sweep();
    if (count_.fetch_add(1) >= max_sessions_.load()) {
      count_.fetch_sub(1);
      return nullptr;
    }
  }
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
  const SteadyTime now = clock_.coarse();
  for (;;) {
    session->id = random_token(kIdBytes);
    const std::uint64_t selector = *selector_of(session->id);
    Shard& shard = shards_[selector % kShards];
    const std::lock_guard lock(shard.mutex);
    if (shard.entries.try_emplace(selector, Entry{session, now, now}).second) return session;
  }
}

SessionPtr SessionStore::find(std::string_view id, std::string_view tenant) {
  const auto selector = selector_of(id);
  if (!selector) return nullptr;
  Shard& shard = shards_[*selector % kShards];
  SessionPtr ended;
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(*selector);
    if (found == shard.entries.end()) return nullptr;
    Entry& entry = found->second;
    if (!equal_constant_time(entry.session->id, id) || entry.session->tenant != tenant) {
      return nullptr;
    }
    const SteadyTime now = clock_.coarse();
    if (!expired(entry, now)) {
      entry.last_seen = now;
      return entry.session;
    }
    ended = std::move(entry.session);
    shard.entries.erase(found);
    count_.fetch_sub(1);
  }
  notify({ended}, SessionEnd::kExpired);
  return nullptr;
}

bool SessionStore::alive(const Session& session) const {
  const auto selector = selector_of(session.id);
  if (!selector) return false;
  const Shard& shard = shards_[*selector % kShards];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(*selector);
  return found != shard.entries.end() && found->second.session->serial == session.serial &&
         !expired(found->second, clock_.coarse());
}

bool SessionStore::destroy(std::string_view id, std::string_view tenant, SessionEnd why) {
  const auto selector = selector_of(id);
  if (!selector) return false;
  Shard& shard = shards_[*selector % kShards];
  SessionPtr ended;
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(*selector);
    if (found == shard.entries.end() || !equal_constant_time(found->second.session->id, id) ||
        found->second.session->tenant != tenant) {
      return false;
    }
    ended = std::move(found->second.session);
    shard.entries.erase(found);
    count_.fetch_sub(1);
  }
  notify({ended}, why);
  return true;
}

std::size_t SessionStore::destroy_if(const std::function<bool(const Session&)>& doomed,
                                     SessionEnd why) {
  std::vector<SessionPtr> ended;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto at = shard.entries.begin(); at != shard.entries.end();) {
      if (doomed(*at->second.session)) {
        ended.push_back(std::move(at->second.session));
        at = shard.entries.erase(at);
        count_.fetch_sub(1);
      } else {
        ++at;
      }
    }
  }
  notify(ended, why);
  return ended.size();
}

std::size_t SessionStore::sweep() {
  const SteadyTime now = clock_.coarse();
  std::vector<SessionPtr> ended;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto at = shard.entries.begin(); at != shard.entries.end();) {
      if (expired(at->second, now)) {
        ended.push_back(std::move(at->second.session));
        at = shard.entries.erase(at);
        count_.fetch_sub(1);
      } else {
        ++at;
      }
    }
  }
  notify(ended, SessionEnd::kExpired);
  return ended.size();
}

void SessionStore::on_end(EndCallback callback) { callbacks_.push_back(std::move(callback)); }

void SessionStore::set_limits(SessionLimits limits) {
  idle_ns_.store(nanos(limits.idle));
  max_ns_.store(nanos(limits.max));
  max_sessions_.store(limits.max_sessions);
}

void SessionStore::notify(const std::vector<SessionPtr>& ended, SessionEnd why) {
  for (const SessionPtr& session : ended) {
    for (const EndCallback& callback : callbacks_) callback(session, why);
  }
}

}  // namespace portcullis::bff
