// Carries one judged request to its upstream and the answer back, in constant memory: what is read
// from one side is written to the other before more is read.
//
// It never judges. The caller has run the whole order of judgement and hands in the canonical
// target; the raw one is not seen here, so it cannot be forwarded.
//
// Outcome: forward() returns ALLOWED when the answer was carried to its end (whatever its status).
// Otherwise `code` says why, and `response_started` what to do: false, nothing was written, answer
// with a problem of this code; true, the client's connection has been aborted already, only log it.
//   UPSTREAM_UNAVAILABLE 502  no connection, or broken off (mid-body: the client is aborted, so
//   that
//                             a truncated answer never looks complete)
//   UPSTREAM_TIMEOUT     504  connecting, the head of the answer, or the next piece took too long
//   UPSTREAM_INVALID     502  not HTTP; a head too large; an Upgrade nobody asked for; two content
//                             types; a redirect to another origin; an event stream on a route of
//                             kind api; on a route of kind sse, a success (2xx but 204, 205) that
//                             is not an event stream: what was judged as a topic carries events
//                             only
//   OVERLOADED           503  too many connections to this upstream
//   BAD_REQUEST          400  a header field stands twice that must not, a GET or HEAD has a body
//   (some
//                             upstreams do not read it, and would take it for the next request), or
//                             the client broke off (`client_gone`)
//   REQUEST_TIMEOUT      408  the client was too slow with its body (`client_gone`)
//   any code given to ProxyControl::cancel
//
// 1xx answers are read over; trailers are dropped. HEAD, 204 and 304 have no body. An upstream that
// answers before it has read the whole request is served as it goes (full duplex); when its answer
// ends first, the upload is given up. Bodies of up to kSmallBodyBytes with a length are read first
// and sent along with the head: a slow client then holds no connection to the upstream.
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

inline constexpr std::size_t kSmallBodyBytes = 16 * 1024;
/// The largest piece that is carried at once, each way.
inline constexpr std::size_t kPieceBytes = 64 * 1024;

struct ProxyRequest {
  HttpVerb method = HttpVerb::get;
  std::string target;  ///< canonical path [+ '?' + query], rewritten by the route
  /// The client's header fields, as Request::fields; they live until forward() has sent the head.
  std::span<const HeaderField> fields;
  ProxyIdentity who;
  /// Names of further fields that pass (RouteRule::forward_headers); they live as long as `fields`.
  std::span<const std::string> forward_headers;
  bool sse_route = false;   ///< the route is `kind: sse`: the answer is an event stream
  bool may_stream = false;  ///< the route is `kind: stream`: the answer may be one
  /// Silence on an event stream of kind sse after which the client gets a comment; zero: never.
  std::chrono::milliseconds heartbeat{0};
};

struct ProxyResult {
  Code code = Code::kAllowed;
  unsigned status = 0;     ///< the upstream's, when its head was read
  bool connected = false;  ///< to the upstream, whatever became of it then
  bool response_started = false;
  bool event_stream = false;
  bool client_gone = false;  ///< the client broke off, or was too slow with its body
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  std::string detail;   ///< for the log
  std::string advice;   ///< a sentence for the caller, who can mend it; or empty
  std::string dropped;  ///< names of the caller's fields that did not pass, "a, b"; or empty
  /// From the start to the head of the answer, once it has come.
  std::optional<std::chrono::steady_clock::duration> head_after;
};

/// Breaks a forward() off from outside: for the stream hub's close function. On the thread of the
/// client's io_context. An event stream of a route of kind sse that is not in the middle of a write
/// is finished cleanly (the SDK reconnects and is told why); anything else is aborted, so that an
/// answer that was cut short never looks whole.
class ProxyControl {
 public:
  ProxyControl() = default;
  ProxyControl(const ProxyControl&) = delete;
  ProxyControl& operator=(const ProxyControl&) = delete;
  void cancel(Code why);
  [[nodiscard]] bool cancelled() const noexcept { return why_ != Code::kAllowed; }
  [[nodiscard]] Code why() const noexcept { return why_; }

 private:
  friend class ProxyCall;
  Code why_ = Code::kAllowed;
  class ProxyCall* call_ = nullptr;
};

/// `client_http`, `client`, `upstream` and `control` live until it returns.
[[nodiscard]] asio::awaitable<ProxyResult> forward(HttpClient& client_http, ClientSide& client,
                                                   ProxyRequest request,
                                                   const UpstreamTarget& upstream,
                                                   ProxyControl& control);

}  // namespace portcullis::bff
