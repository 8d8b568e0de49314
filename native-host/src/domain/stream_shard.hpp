// Internal to the stream hub: the subscribers of one io_context, and delivery to them.
//
// Everything runs on the context's thread; only `streams` is guarded by the hub's lock.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/asio.hpp"
#include "base/keyed_hash.hpp"
#include "domain/stream_hub.hpp"

namespace portcullis::bff {

using LaneTime = std::chrono::steady_clock::time_point;

/// A subscriber.
struct HostStream::Impl
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  Impl(StreamHub& owner, HostSink& told, std::string_view wanted)
      : hub(owner), sink(told), only(wanted) {}

  StreamHub& hub;
  HostSink& sink;
  const std::string_view only;
  bool listening = false;  // false: events are queued instead of passed to the sink
  std::optional<Code> ended;
  Registration registration;
  std::shared_ptr<Lane> lane;
  std::size_t index = 0;  // in its tenant's list of the lane
  std::vector<WireEventPtr> queue;
  std::size_t queue_bytes = 0;
  std::uint64_t seen = 0;  // events up to this id are not delivered to it
  LaneTime silent_until;   // then a heartbeat is due

  [[nodiscard]] bool wants(const WireEvent& event) const {
    return only.empty() || event.event() == only;
  }
  /// Ends the stream, discards its queue and notifies the sink.
  void finish(Code why);
  /// Returns true if the event was delivered or queued.
  bool push(const WireEventPtr& event);
};

/// The subscribers of one io_context.
struct HostStream::Lane : std::enable_shared_from_this<HostStream::Lane> {
  Lane(asio::any_io_executor where, std::chrono::milliseconds silence)
      : executor(std::move(where)), heartbeat(silence), timer_(executor) {}

  const asio::any_io_executor executor;
  const std::chrono::milliseconds heartbeat;
  std::size_t streams = 0;  // guarded by the hub's lock
  KeyedMap<std::vector<Impl*>> by_tenant;

  /// Starts the delivery of an event to the tenant's streams (empty: of all tenants).
  void deliver(StreamHub& hub, const std::string& tenant, const WireEventPtr& event);
  void watch(Impl& stream);
  void stop();

 private:
  // Delivers from the last stream to the first. A stream that leaves is replaced by the last one,
  // which already has the event (checked by its id); new streams are appended and do not need it.
  struct Delivery {
    std::string tenant;
    WireEventPtr event;
    std::size_t left;
  };
  void go_on(StreamHub& hub);
  static void fetch_ahead(const std::vector<Impl*>& readers, std::size_t left);
  std::size_t slice(Delivery& delivery, std::size_t room, std::uint64_t& delivered);
  void postpone(Impl& stream, LaneTime now);
  void arm(LaneTime at);
  void ring();

  std::deque<Delivery> deliveries_;
  bool delivering_ = false;
  // Ordered by silent_until, because all wait equally long.
  boost::intrusive::list<Impl, boost::intrusive::constant_time_size<false>> silent_;
  asio::steady_timer timer_;
  bool armed_ = false;
};

}  // namespace portcullis::bff
