// Forwards one judged request to its upstream and the answer back, in constant memory: each piece
// is written to one side before more is read from the other.
//
// Makes no access decision. The caller has judged the request and passes the canonical target; the
// raw target is not available here, so it cannot be forwarded.
//
// forward() returns ALLOWED if the answer was carried to its end, whatever its status. Otherwise:
// if `response_started` is false, nothing was written; answer with a problem of `code`. If it is
// true, the client's connection has been aborted; only log it.
//   UPSTREAM_UNAVAILABLE 502  no connection, or it broke (mid-body, the client is aborted, so that
//                             a truncated answer never looks complete)
//   UPSTREAM_TIMEOUT     504  timeout while connecting, or waiting for the head or the next piece
//   UPSTREAM_INVALID     502  not HTTP; head too large; unrequested Upgrade; two content types;
//                        redirect to another origin; event stream on a route of kind api; on a
//                        route of kind sse, a success (2xx except 204, 205) that is not an event
//                        stream
//   OVERLOADED           503  too many connections to this upstream
//   BAD_REQUEST          400  duplicate single-valued header field; GET or HEAD with a body (some
//                        upstreams ignore it and would read it as the next request); or the client
//                        disconnected (`client_gone`)
//   REQUEST_TIMEOUT      408  the client sent its body too slowly (`client_gone`)
//   any code given to ProxyControl::cancel
//
// Interim (1xx) answers are skipped; trailers are dropped. HEAD, 204 and 304 have no body. An
// upstream may answer before it has read the whole request (full duplex); if its answer ends first,
// the upload is abandoned. Bodies of known length up to kSmallBodyBytes are read first and sent
// with the head, so that a slow client holds no upstream connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/asio.hpp"
#include "http/client_side.hpp"
#include "portcullis/codes.hpp"
#include "upstream/header_filter.hpp"
#include "upstream/http_client.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

/// Largest request body that is read completely before it is sent.
inline constexpr std::size_t kSmallBodyBytes = 16 * 1024;
/// The largest piece carried at once, in either direction.
inline constexpr std::size_t kPieceBytes = 64 * 1024;

/// One judged request.
struct ProxyRequest {
  HttpVerb method = HttpVerb::get;
  std::string target;  ///< canonical path [+ '?' + query], rewritten by the route
  /// The client's header fields, like Request::fields; valid until forward() has sent the head.
  std::span<const HeaderField> fields;
  ProxyIdentity who;
  /// Additional fields to forward (RouteRule::forward_headers); valid as long as `fields`.
  std::span<const std::string> forward_headers;
  bool sse_route = false;   ///< route of `kind: sse`: the answer must be an event stream
  bool may_stream = false;  ///< route of `kind: stream`: the answer may be one
  /// Silence on an event stream of kind sse after which the client gets a comment; zero: never.
  std::chrono::milliseconds heartbeat{0};
};

/// The outcome of forward().
struct ProxyResult {
  Code code = Code::kAllowed;
  unsigned status = 0;     ///< the upstream's, once its head was read; otherwise 0
  bool connected = false;  ///< whether a connection to the upstream was made
  bool response_started = false;
  bool event_stream = false;
  bool client_gone = false;  ///< the client disconnected, or sent its body too slowly
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  std::string detail;   ///< for the log
  std::string advice;   ///< a sentence for the caller about what to fix, or empty
  std::string dropped;  ///< the caller's fields that were not forwarded, "a, b", or empty
  /// Time from the start to the answer's head, if it arrived.
  std::optional<std::chrono::steady_clock::duration> head_after;
};

/// Ends a forward() from outside, e.g. for the stream hub. Use on the thread of the client's
/// io_context. An event stream of kind sse that is not in the middle of a write ends cleanly (the
/// SDK reconnects and learns why); anything else is aborted, so that a truncated answer never looks
/// complete.
class ProxyControl {
 public:
  ProxyControl() = default;
  ProxyControl(const ProxyControl&) = delete;
  ProxyControl& operator=(const ProxyControl&) = delete;
  /// Ends the exchange with this code. Only the first call counts.
  void cancel(Code why);
  /// Whether cancel() was called.
  [[nodiscard]] bool cancelled() const noexcept { return why_ != Code::kAllowed; }
  /// The code given to cancel(); kAllowed before that.
  [[nodiscard]] Code why() const noexcept { return why_; }

 private:
  friend class ProxyCall;
  Code why_ = Code::kAllowed;
  class ProxyCall* call_ = nullptr;
};

/// Forwards the request. The references must stay valid until it returns.
[[nodiscard]] asio::awaitable<ProxyResult> forward(HttpClient& client_http, ClientSide& client,
                                                   ProxyRequest request,
                                                   const UpstreamTarget& upstream,
                                                   ProxyControl& control);

}  // namespace portcullis::bff
