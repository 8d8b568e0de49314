// Who is logged in. One store for all io threads, in memory: a restart logs everybody out.
//
// What it decides: whether a cookie's value is a live session of this tenant. What it does not: who
// may log in (api/auth_endpoints), and CSRF (the CSRF stage compares with Session::csrf_token, by
// equal_constant_time).
//
// Ids are made here and nowhere else: 256 random bits at create(). A value that came with a request
// is only ever looked up, never adopted, so that an id planted before login (fixation) is worth
// nothing. The first 64 bits select the entry, the other 192 are compared in constant time; timing
// can tell an attacker about the former at most. A session is bound to its tenant: under any other
// it is not found, and not touched.
//
// No client can fill it: an account, an address and a tenant have quotas (owner_quotas.hpp), and
// what goes is the flooder's own. An open stream or running call is use of its session: sweep() is
// told which sessions have one.
//
// Order of calls: create() at login (destroy() the old session first), find() per request,
// destroy() at logout, sweep() every second. Callbacks are added before the first request.
// Complexity: find is one hash look-up under one of 16 locks; create is O(quota of an account);
// sweep is linear.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "domain/owner_quotas.hpp"

namespace portcullis::bff {

/// What the login learnt about the user.
struct NewSession {
  std::string tenant;
  std::string user;  ///< login name
  std::string display_name;
  std::string provider;      ///< alias of the identity provider
  std::string subject_type;  ///< "account"
  std::string subject_id;    ///< "auth:account:{provider}:{user_id}"
  std::vector<std::string> roles;
  std::size_t credential = 0;  ///< User::credential()
  std::string address{};       ///< site_of() the client that signed in; empty: not known
};

/// A session; immutable, shared, outlives its destruction for who still holds it.
struct Session {
  std::uint64_t serial = 0;  ///< names the session in logs and in the stream hub; not secret
  std::string id;            ///< the cookie's value; secret
  std::string csrf_token;    ///< secret of the page
  std::string tenant;
  std::string user;
  std::string display_name;
  std::string provider;
  std::string subject_type;
  std::string subject_id;
  std::vector<std::string> roles;
  std::size_t credential =
      0;  ///< stands for what the person signed in with; see User::credential()
  WallTime created_at;

  /// Whose it is, for quotas; unique within the tenant.
  [[nodiscard]] const std::string& account() const noexcept {
    return subject_id.empty() ? user : subject_id;
  }
  [[nodiscard]] bool has_role(std::string_view role) const noexcept;
};

using SessionPtr = std::shared_ptr<const Session>;

enum class SessionEnd : std::uint8_t { kLogout, kExpired, kRevoked, kReplaced };
[[nodiscard]] std::string_view name(SessionEnd why) noexcept;

struct SessionLimits {
  std::chrono::seconds idle = std::chrono::minutes(60);  ///< since the last find()
  std::chrono::seconds max = std::chrono::minutes(480);  ///< since create()
  std::size_t per_account = 100;
  std::size_t per_address = 10'000;
  std::size_t per_tenant = 25'000;
};

class SessionStore {
 public:
  using EndCallback = std::function<void(const SessionPtr&, SessionEnd)>;

  SessionStore(const Clock& clock, SessionLimits limits);
  SessionStore(const SessionStore&) = delete;
  SessionStore& operator=(const SessionStore&) = delete;

  /// A new session with a new id and token. Where a quota is reached, a session of the account that
  /// fills it ends (kReplaced).
  [[nodiscard]] SessionPtr create(NewSession what);

  /// The live session of this id under this tenant, or nullptr. Counts as activity. An expired one
  /// is destroyed by the way.
  [[nodiscard]] SessionPtr find(std::string_view id, std::string_view tenant);

  /// Whether a session is still live, without counting as activity. For streams.
  [[nodiscard]] bool alive(const Session& session) const;

  /// Ends one session; false when there is none of this id under this tenant.
  bool destroy(std::string_view id, std::string_view tenant, SessionEnd why = SessionEnd::kLogout);

  /// Ends every session for which `doomed` says so, for example when a reload removed the tenant or
  /// the user. Returns how many.
  std::size_t destroy_if(const std::function<bool(const Session&)>& doomed, SessionEnd why);

  /// Ends what has expired. Returns how many. `in_use`: serials of sessions that are in use now,
  /// although nothing was asked of late.
  std::size_t sweep(const std::unordered_set<std::uint64_t>& in_use = {});

  /// Called after a session's end, once, with no lock held, on the thread that ended it. Add
  /// callbacks before the store is shared.
  void on_end(EndCallback callback);

  /// New expiry rules (reload); in force for existing sessions, too.
  void set_limits(SessionLimits limits);

  [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }
  /// Sessions that ended because a quota was reached.
  [[nodiscard]] const QuotaCounts& replaced() const noexcept { return replaced_; }

 private:
  struct Entry {
    SessionPtr session;
    Owner owner;
    SteadyTime created;
    std::atomic<std::int64_t> seen_ns;  // when it was last used
    [[nodiscard]] std::int64_t used() const noexcept {
      return seen_ns.load(std::memory_order_relaxed);
    }
  };
  using EntryPtr = std::shared_ptr<Entry>;
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, EntryPtr> entries;  // by the id's first 64 bits: random ones
  };
  static constexpr std::size_t kShards = 16;

  [[nodiscard]] bool expired(const Entry& entry, SteadyTime now) const noexcept;
  void insert(const EntryPtr& entry);
  void finish(const std::vector<EntryPtr>& ended, SessionEnd why);

  const Clock& clock_;
  std::atomic<std::int64_t> idle_ns_;
  std::atomic<std::int64_t> max_ns_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> next_serial_{1};
  std::vector<EndCallback> callbacks_;
  QuotaCounts replaced_;

  std::mutex owners_mutex_;  // taken before a shard's
  OwnerLimits limits_;
  OwnerQuotas<EntryPtr> owners_;

  std::array<Shard, kShards> shards_;
};

}  // namespace portcullis::bff
