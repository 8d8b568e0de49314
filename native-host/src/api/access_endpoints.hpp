// /access/v1: AuthZEN for pages. The subject is always the session's, whatever the body says.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "api/json_bodies.hpp"
#include "domain/policy_decision_point.hpp"

namespace portcullis::bff {

/// Members may be called only after judge() has allowed the call.
class AccessEndpoints {
 public:
  struct Parts {
    BlockingWork& blocking;
    const PolicyDecisionPoint& pdp;
  };
  explicit AccessEndpoints(Parts parts) : parts_(parts) {}

  /// POST /access/v1/evaluation; with `batch` POST /access/v1/evaluations.
  [[nodiscard]] boost::asio::awaitable<void> evaluate(RequestContext& call, bool batch);

 private:
  struct Asked;
  [[nodiscard]] Asked ask(const RequestContext& call, std::string_view text, bool batch) const;

  Parts parts_;
};

}  // namespace portcullis::bff
