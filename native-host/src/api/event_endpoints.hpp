// Event streams to hosts, and the theme: /api/plugins/events and /api/configs.
//
// Events are shared bytes, written to each socket during the hub's delivery. A waiting stream is
// parked without a coroutine, because there may be ten thousand. A stream whose socket is full gets
// a coroutine until it has caught up or is too slow.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "api/open_call.hpp"
#include "domain/metrics.hpp"
#include "domain/quarantine.hpp"
#include "domain/sessions.hpp"

namespace portcullis::bff {

/// Members may be called only after judge() has allowed the call.
class EventEndpoints {
 public:
  struct Parts {
    const Clock& clock;
    const Quarantine& quarantine;
    const SessionStore& sessions;
    StreamHub& streams;
    Metrics& metrics;
    OpenCallJudge open_judge;
  };
  explicit EventEndpoints(Parts parts) : parts_(parts) {}

  /// GET /api/plugins/events
  [[nodiscard]] boost::asio::awaitable<void> events(RequestContext& call);
  /// GET /api/configs/stream
  [[nodiscard]] boost::asio::awaitable<void> config_stream(RequestContext& call);
  /// GET /api/configs/ui
  [[nodiscard]] Response config_ui(RequestContext& call) const;

 private:
  /// `only`: sends only events of this name (a literal); empty: all.
  [[nodiscard]] boost::asio::awaitable<void> listen(RequestContext& call, std::string_view only);
  [[nodiscard]] std::string hello(const RequestContext& call) const;

  Parts parts_;
};

}  // namespace portcullis::bff
