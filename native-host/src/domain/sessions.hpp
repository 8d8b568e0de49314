// Sessions: who is signed in. The values, and the port of the store that holds them
// (adapters/memory/memory_sessions.hpp).
//
// A store decides whether a cookie's value is a live session of this tenant. It does not decide who
// may sign in (api/auth_endpoints) nor check CSRF (enforce/stages_caller).
//
// Contract of every store (native-host/tests/adapters/session_store_contract_test.cpp):
//   ids          256 random bits, made by create() and nowhere else. A value that came with a
//                request is only looked up, never adopted (session fixation).
//   tenant       a session is found under its own tenant only.
//   consistency  find() sees every create(), destroy() and expiry that returned before it in this
//                process. A store shared by several processes may see another's changes later, but
//                calls on_end() callbacks for sessions of which this process holds streams.
//   failure      a store that cannot answer throws from Answer::wait(): the request fails, nobody
//                is signed in.
//   blocking     find(), alive() and size() never block. destroy_if() and sweep() may: call them
//                off the I/O threads.
//   quotas       an account, an address and a tenant have one each; a session of the account that
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
  /// Told of a session's end: once, with no lock held, on the thread that ended it.
  using EndCallback = std::function<void(const SessionPtr&, SessionEnd)>;

  SessionStore() = default;
  virtual ~SessionStore() = default;
  SessionStore(const SessionStore&) = delete;
  SessionStore& operator=(const SessionStore&) = delete;

  /// A new session with a new id and token. Never null.
  [[nodiscard]] virtual Answer<SessionPtr> create(NewSession what) = 0;

  /// The live session of this id under this tenant, or null. Counts as activity.
  [[nodiscard]] virtual Answer<SessionPtr> find(std::string_view id, std::string_view tenant) = 0;

  /// Whether the session is live as far as this process knows. Does not count as activity: open
  /// streams ask it.
  [[nodiscard]] virtual bool alive(const Session& session) const = 0;

  /// Ends one session. False when there is none of this id under this tenant.
  virtual Answer<bool> destroy(std::string_view id, std::string_view tenant,
                               SessionEnd why = SessionEnd::kLogout) = 0;

  /// Ends every session that `doomed` selects, for example those of a user whom a reload removed.
  /// Returns how many.
  virtual std::size_t destroy_if(const std::function<bool(const Session&)>& doomed,
                                 SessionEnd why) = 0;

  /// Ends expired sessions. Returns how many. `in_use`: serials of sessions with an open stream or
  /// a running call, which counts as activity.
  virtual std::size_t sweep(const std::unordered_set<std::uint64_t>& in_use) = 0;
  std::size_t sweep() { return sweep({}); }

  /// Adds a callback. Before the store is shared.
  virtual void on_end(EndCallback callback) = 0;

  /// New limits (reload); they apply to existing sessions, too.
  virtual void set_limits(SessionLimits limits) = 0;

  /// Live sessions that this process knows.
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  /// Sessions that ended because a quota was reached, since the start.
  [[nodiscard]] virtual const QuotaCounts& replaced() const noexcept = 0;
};

}  // namespace portcullis::bff
