// The routes of routes.yaml: forwards to an upstream, or answers from a fixture.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/fixture_routes.hpp"
#include "api/open_call.hpp"
#include "domain/metrics.hpp"
#include "upstream/circuit_breaker.hpp"
#include "upstream/reverse_proxy.hpp"

namespace portcullis::bff {

/// Members may be called only after judge() has allowed the call.
class RouteEndpoints {
 public:
  struct Parts {
    CircuitBreakers& breakers;
    StreamHub& streams;
    Metrics& metrics;
    FixtureRoutes& fixtures;
    OpenCallJudge open_judge;
  };
  explicit RouteEndpoints(Parts parts) : parts_(parts) {}

  /// Answers a call that needs no waiting. Returns false, having done nothing, if route() is
  /// needed.
  [[nodiscard]] bool route_now(RequestContext& call) { return parts_.fixtures.answer_now(call); }
  [[nodiscard]] boost::asio::awaitable<void> route(RequestContext& call);

 private:
  void report(RequestContext& call, const UpstreamTarget& upstream, const ProxyResult& result);

  Parts parts_;
};

}  // namespace portcullis::bff
