// The handler behind a listener. Called for each request on the connection's thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "http/exchange.hpp"

namespace portcullis::bff {

/// Implementations are shared by connections of one worker, or thread-safe.
class Service {
 public:
  virtual ~Service() = default;

  /// Answers requests that need no waiting, without a coroutine. Returns true if respond() was
  /// called.
  [[nodiscard]] virtual bool serve_now(Exchange& exchange) = 0;
  /// Called if serve_now() returned false. Must not throw.
  [[nodiscard]] virtual boost::asio::awaitable<void> serve(Exchange& exchange) = 0;
  /// Rejects input that is not a valid request (400, 408, 431); must call respond(). `detail` is
  /// one sentence; the readable part of the head is in exchange.request().
  virtual void refuse(Exchange& exchange, Code code, std::string_view detail) = 0;
  /// Called after the answer was written (`complete` false: it was interrupted), for logs and
  /// metrics.
  virtual void done(Exchange& exchange, unsigned status, std::uint64_t bytes, bool complete) = 0;

  /// Whether requests need a valid Host. False for listeners reached by address.
  [[nodiscard]] virtual bool needs_host() const { return true; }
};

}  // namespace portcullis::bff
