// Routes that name a fixture. A port: lab/ implements it, and production may leave it out.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/request_context.hpp"

namespace portcullis::bff {

class FixtureRoutes {
 public:
  virtual ~FixtureRoutes() = default;
  /// Answers where nothing has to be waited for. False: nothing was done, answer() has to.
  [[nodiscard]] virtual bool answer_now(RequestContext& call) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<void> answer(RequestContext& call) = 0;
};

}  // namespace portcullis::bff
