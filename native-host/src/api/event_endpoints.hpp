// Event streams to hosts, and the theme: /api/plugins/events and /api/configs.
//
// Events are shared bytes, written to each socket in the hub's delivery. A stream that waits for
// one is parked and has no coroutine: there may be ten thousand. One whose socket takes no more
// gets a coroutine again, until it has caught up or is too slow.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "api/open_call.hpp"
#include "domain/metrics.hpp"
#include "domain/quarantine.hpp"
#include "domain/sessions.hpp"

namespace portcullis::bff {

/// Each member is called only after judge() has allowed the call.
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
  /// `only`: this event alone, a literal; empty: all.
  [[nodiscard]] boost::asio::awaitable<void> listen(RequestContext& call, std::string_view only);
  [[nodiscard]] std::string hello(const RequestContext& call) const;

  Parts parts_;
};

}  // namespace portcullis::bff
