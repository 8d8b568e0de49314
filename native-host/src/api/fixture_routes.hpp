// Port: routes that name a fixture. lab/ implements it; production may omit it.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/request_context.hpp"

namespace portcullis::bff {

/// Called on io threads; implementations must be thread-safe.
class FixtureRoutes {
 public:
  virtual ~FixtureRoutes() = default;
  /// Answers a call that needs no waiting. Returns false, having done nothing, if answer() is
  /// needed.
  [[nodiscard]] virtual bool answer_now(RequestContext& call) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<void> answer(RequestContext& call) = 0;
};

}  // namespace portcullis::bff
