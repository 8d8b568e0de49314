// What routes.yaml lists: forwards to an upstream, or lets a fixture answer in its place.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/fixture_routes.hpp"
#include "api/open_call.hpp"
#include "domain/metrics.hpp"
#include "upstream/circuit_breaker.hpp"
#include "upstream/reverse_proxy.hpp"

namespace portcullis::bff {

/// Each member is called only after judge() has allowed the call.
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

  /// Answers where nothing has to be waited for. False: nothing was done, route() has to.
  [[nodiscard]] bool route_now(RequestContext& call) { return parts_.fixtures.answer_now(call); }
  [[nodiscard]] boost::asio::awaitable<void> route(RequestContext& call);

 private:
  void report(RequestContext& call, const UpstreamTarget& upstream, const ProxyResult& result);

  Parts parts_;
};

}  // namespace portcullis::bff
