// Operator actions: refresh, set, lift and list quarantines. The audit log records each with its
// actor and reason.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/json_bodies.hpp"
#include "api/reloading.hpp"
#include "domain/audit_log.hpp"
#include "domain/quarantine.hpp"

namespace portcullis::bff {

/// Members may be called only after judge() has allowed the call.
class OperatorEndpoints {
 public:
  struct Parts {
    const Clock& clock;
    Quarantine& quarantine;
    AuditLog& audit;
    BlockingWork& blocking;
    Reloading& reloading;
    JsonBodies bodies;
  };
  explicit OperatorEndpoints(Parts parts) : parts_(parts) {}

  /// POST /api/plugins/refresh
  [[nodiscard]] boost::asio::awaitable<void> refresh(RequestContext& call);
  /// POST /api/plugins/quarantine/{id}
  [[nodiscard]] boost::asio::awaitable<void> quarantine(RequestContext& call);
  /// POST /api/plugins/unquarantine/{id}
  [[nodiscard]] boost::asio::awaitable<void> unquarantine(RequestContext& call);
  /// GET /api/plugins/quarantine
  [[nodiscard]] Response quarantine_list(RequestContext& call) const;

 private:
  Parts parts_;
};

}  // namespace portcullis::bff
