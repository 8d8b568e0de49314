// /auth: the lab login, log-out, and what the page learns about its session. Real deployments
// switch the lab login off; what a session is stays the same.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/json_bodies.hpp"
#include "api/login_throttle.hpp"
#include "api/reloading.hpp"
#include "domain/audit_log.hpp"
#include "domain/metrics.hpp"
#include "domain/sessions.hpp"

namespace portcullis::bff {

/// Each member is called only after judge() has allowed the call.
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
