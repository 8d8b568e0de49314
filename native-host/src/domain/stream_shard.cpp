#include "domain/stream_shard.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

namespace portcullis::bff {

namespace {

/// Streams written to before other work of the thread proceeds: about a millisecond.
constexpr std::size_t kSlice = 256;

/// Thousands of streams are scattered over memory. Each is prefetched in steps, some streams ahead:
/// the stream, the start of its sink, and what the sink points to.
constexpr std::size_t kStream = 16;
constexpr std::size_t kSink = 12;
constexpr std::array<std::size_t, 2> kBehindSink{8, 4};
constexpr std::size_t kCacheLine = 64;

}  // namespace

void HostStream::Lane::fetch_ahead(const std::vector<Impl*>& readers, std::size_t left) {
  if (left > kStream) {
    const char* const far = reinterpret_cast<const char*>(readers[left - 1 - kStream]);
    for (std::size_t at = 0; at < sizeof(Impl); at += kCacheLine) __builtin_prefetch(far + at, 1);
  }
  if (left > kSink) __builtin_prefetch(&readers[left - 1 - kSink]->sink);
  for (std::size_t step = 0; step < kBehindSink.size(); ++step) {
    if (left > kBehindSink[step]) {
      readers[left - 1 - kBehindSink[step]]->sink.fetch_ahead(static_cast<int>(step));
    }
  }
}

void HostStream::Impl::finish(Code why) {
  if (ended) return;
  ended = why;
  listening = false;
  queue.clear();
  queue_bytes = 0;
  sink.on_end(why);
}

bool HostStream::Impl::push(const WireEventPtr& event) {
  if (ended || event->id() <= seen) return false;
  seen = event->id();
  if (!wants(*event)) return false;
  if (listening) {
    listening = sink.on_event(*event) && !ended;
    return true;
  }
  const StreamLimits& limits = hub.limits_;
  if (queue.size() >= limits.queue_events ||
      queue_bytes + event->text().size() > limits.queue_bytes) {
    hub.slow_dropped_.fetch_add(1);
    finish(Code::kOverloaded);
    return false;
  }
  queue.push_back(event);
  queue_bytes += event->text().size();
  return true;
}

void HostStream::Lane::deliver(StreamHub& hub, const std::string& tenant,
                               const WireEventPtr& event) {
  if (tenant.empty()) {
    for (const auto& [name, readers] : by_tenant) {
      deliveries_.push_back({name, event, readers.size()});
    }
  } else if (const auto found = by_tenant.find(tenant); found != by_tenant.end()) {
    deliveries_.push_back({tenant, event, found->second.size()});
  }
  // Deliveries under way come first, so that each stream gets its events in order.
  if (!delivering_) go_on(hub);
}

void HostStream::Lane::go_on(StreamHub& hub) {
  std::size_t room = kSlice;
  std::uint64_t delivered = 0;
  while (room > 0 && !deliveries_.empty()) {
    room -= slice(deliveries_.front(), room, delivered);
    if (deliveries_.front().left == 0) deliveries_.pop_front();
  }
  hub.delivered_.fetch_add(delivered, std::memory_order_relaxed);
  delivering_ = !deliveries_.empty();
  if (!delivering_) return;
  asio::post(executor, [self = shared_from_this(), &hub] { self->go_on(hub); });
}

/// Returns the number of streams processed; at least one, so that a delivery without receivers ends
/// too.
std::size_t HostStream::Lane::slice(Delivery& delivery, std::size_t room,
                                    std::uint64_t& delivered) {
  const auto found = by_tenant.find(delivery.tenant);
  if (found == by_tenant.end()) {
    delivery.left = 0;
    return 1;
  }
  const std::vector<Impl*>& readers = found->second;
  delivery.left = std::min(delivery.left, readers.size());
  const LaneTime now = std::chrono::steady_clock::now();
  std::size_t done = 0;
  for (; delivery.left > 0 && done < room; ++done) {
    fetch_ahead(readers, delivery.left);
    Impl& reader = *readers[--delivery.left];
    if (!reader.push(delivery.event)) continue;
    ++delivered;
    postpone(reader, now);
  }
  return std::max<std::size_t>(done, 1);
}

void HostStream::Lane::postpone(Impl& stream, LaneTime now) {
  stream.silent_until = now + heartbeat;
  stream.unlink();
  silent_.push_back(stream);
}

void HostStream::Lane::watch(Impl& stream) {
  stream.silent_until = std::chrono::steady_clock::now() + heartbeat;
  silent_.push_back(stream);
  if (!armed_) arm(stream.silent_until);
}

void HostStream::Lane::arm(LaneTime at) {
  armed_ = true;
  timer_.expires_at(at);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->ring();
  });
}

void HostStream::Lane::ring() {
  armed_ = false;
  const LaneTime now = std::chrono::steady_clock::now();
  // Also serves streams due slightly later, so that thousands of them do not need a timer each.
  const LaneTime due = now + heartbeat / 32;
  std::size_t room = kSlice;
  while (!silent_.empty() && silent_.front().silent_until <= due && room > 0) {
    Impl& stream = silent_.front();
    postpone(stream, now);
    --room;
    if (!stream.listening) continue;
    stream.listening = stream.sink.on_silence() && !stream.ended;
  }
  if (!silent_.empty()) arm(std::max(silent_.front().silent_until, now));
}

void HostStream::Lane::stop() {
  armed_ = false;
  timer_.cancel();
}

}  // namespace portcullis::bff
