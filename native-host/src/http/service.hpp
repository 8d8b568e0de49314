// What a listener serves. The connection calls it for each request, on its own thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/exchange.hpp"

namespace portcullis::bff {

class Service {
 public:
  virtual ~Service() = default;

  /// Answers what needs no waiting, without a coroutine: true when respond() was called.
  [[nodiscard]] virtual bool serve_now(Exchange& exchange) = 0;
  /// Called when serve_now() gave false. Does not throw.
  [[nodiscard]] virtual boost::asio::awaitable<void> serve(Exchange& exchange) = 0;
  /// Rejects input that is not a valid request (400, 408, 431): respond() has to be called.
  /// `detail` is one sentence; what was readable of the head is in exchange.request().
  virtual void refuse(Exchange& exchange, Code code, std::string_view detail) = 0;
  /// The answer was written (or broke off, `complete` false). For logs and metrics.
  virtual void done(Exchange& exchange, unsigned status, std::uint64_t bytes, bool complete) = 0;

  /// False for listeners that are reached by address: no valid Host is asked for.
  [[nodiscard]] virtual bool needs_host() const { return true; }
};

}  // namespace portcullis::bff
