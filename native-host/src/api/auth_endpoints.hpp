// /auth: the lab login, logout, and session information for the page. Production switches the lab
// login off; sessions work the same.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/json_bodies.hpp"
#include "api/login_throttle.hpp"
#include "api/reloading.hpp"
#include "domain/audit_log.hpp"
#include "domain/metrics.hpp"
#include "domain/sessions.hpp"

namespace portcullis::bff {

/// Members may be called only after judge() has allowed the call.
class AuthEndpoints {
 public:
  struct Parts {
    SessionStore& sessions;
    AuditLog& audit;
    Metrics& metrics;
    LoginThrottle& throttle;
    const ServingStateCell& serving_states;
    Reloading& reloading;
    JsonBodies bodies;
  };
  explicit AuthEndpoints(Parts parts) : parts_(parts) {}

  /// POST /auth/login
  [[nodiscard]] boost::asio::awaitable<void> login(RequestContext& call);
  /// POST /auth/logout
  [[nodiscard]] boost::asio::awaitable<void> logout(RequestContext& call);
  /// GET /auth/session
  [[nodiscard]] Response session(RequestContext& call) const;

 private:
  void audit_login(RequestContext& call, std::string user, bool ok);

  Parts parts_;
};

}  // namespace portcullis::bff
