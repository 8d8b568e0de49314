// Sessions, and the port of the store that holds them (adapters/memory/memory_sessions.hpp).
//
// A store decides whether a cookie names a live session of a tenant. It does not decide who may
// sign in (api/auth_endpoints) and does not check CSRF (enforce/stages_caller).
//
// Contract of every store (native-host/tests/adapters/session_store_contract_test.cpp):
//   ids          256 random bits, made by create() only. A value from a request is looked up, never
//                adopted (session fixation).
//   tenant       a session is found under its own tenant only.
//   consistency  find() sees every create(), destroy() and expiry that returned before it in this
//                process. A store shared by processes may see other processes' changes later, but
//                calls on_end() callbacks for sessions of which this process holds streams.
//   failure      a store that cannot answer throws from Answer::wait(): the request fails, nobody
//                is signed in.
//   blocking     find(), alive() and size() never block. destroy_if() and sweep() may: call them
//                off the I/O threads.
//   quotas       per account, address and tenant; if one is reached, a session of the account that
//                fills it ends (kReplaced).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/answer.hpp"
#include "base/clock.hpp"
#include "domain/owner_quotas.hpp"

namespace portcullis::bff {

/// What the sign-in determined about the user.
struct NewSession {
  std::string tenant;
  std::string user;  ///< login name
  std::string display_name;
  std::string provider;      ///< alias of the identity provider
  std::string subject_type;  ///< "account"
  std::string subject_id;    ///< "auth:account:{provider}:{user_id}"
  std::vector<std::string> roles;
  std::size_t credential = 0;  ///< User::credential()
  std::string address{};       ///< site_of() the client that signed in; empty: unknown
};

/// A session. Immutable and shared; holders may keep it after it has ended.
struct Session {
  std::uint64_t serial = 0;  ///< identifies the session in logs and in the stream hub; not secret
  std::string id;            ///< the cookie's value; secret
  std::string csrf_token;    ///< known to the page only; secret
  std::string tenant;
  std::string user;
  std::string display_name;
  std::string provider;
  std::string subject_type;
  std::string subject_id;
  std::vector<std::string> roles;
  std::size_t credential = 0;  ///< User::credential() at the sign-in
  WallTime created_at;

  /// The account, for quotas; unique within the tenant.
  [[nodiscard]] const std::string& account() const noexcept {
    return subject_id.empty() ? user : subject_id;
  }
  /// Whether the user has the role.
  [[nodiscard]] bool has_role(std::string_view role) const noexcept;
};

using SessionPtr = std::shared_ptr<const Session>;

/// Why a session ended. kReplaced: a quota was reached.
enum class SessionEnd : std::uint8_t { kLogout, kExpired, kRevoked, kReplaced };
/// The reason in lower case, for logs.
[[nodiscard]] std::string_view name(SessionEnd why) noexcept;

/// Lifetimes and quotas. Both lifetimes apply.
struct SessionLimits {
  std::chrono::seconds idle = std::chrono::minutes(60);  ///< since the last find()
  std::chrono::seconds max = std::chrono::minutes(480);  ///< since create()
  std::size_t per_account = 100;
  std::size_t per_address = 10'000;
  std::size_t per_tenant = 25'000;
};

/// The store of sessions. Thread-safe.
class SessionStore {
 public:
  /// Called once when a session ends, without a lock held, on the thread that ended it.
  using EndCallback = std::function<void(const SessionPtr&, SessionEnd)>;

  SessionStore() = default;
  virtual ~SessionStore() = default;
  SessionStore(const SessionStore&) = delete;
  SessionStore& operator=(const SessionStore&) = delete;

  /// Creates a session with a new id and CSRF token. Never null.
  [[nodiscard]] virtual Answer<SessionPtr> create(NewSession what) = 0;

  /// The tenant's live session with this id, or null. Counts as activity.
  [[nodiscard]] virtual Answer<SessionPtr> find(std::string_view id, std::string_view tenant) = 0;

  /// Whether the session is live as far as this process knows. Does not count as activity, because
  /// open streams call it.
  [[nodiscard]] virtual bool alive(const Session& session) const = 0;

  /// Ends one session. Returns false if the tenant has none with this id.
  virtual Answer<bool> destroy(std::string_view id, std::string_view tenant,
                               SessionEnd why = SessionEnd::kLogout) = 0;

  /// Ends all sessions that `doomed` selects, e.g. those of a user removed by a reload. Returns how
  /// many.
  virtual std::size_t destroy_if(const std::function<bool(const Session&)>& doomed,
                                 SessionEnd why) = 0;

  /// Ends expired sessions. Returns how many. `in_use`: serials of sessions with an open stream or
  /// running call, which counts as activity.
  virtual std::size_t sweep(const std::unordered_set<std::uint64_t>& in_use) = 0;
  std::size_t sweep() { return sweep({}); }

  /// Adds a callback. Call it before the store is shared.
  virtual void on_end(EndCallback callback) = 0;

  /// Replaces the limits (reload), for existing sessions as well.
  virtual void set_limits(SessionLimits limits) = 0;

  /// Number of live sessions known to this process.
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  /// Sessions ended because of a quota, since the start.
  [[nodiscard]] virtual const QuotaCounts& replaced() const noexcept = 0;
};

}  // namespace portcullis::bff
