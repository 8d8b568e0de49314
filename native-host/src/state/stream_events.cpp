// StreamHub's second half: host events, from publish() to the subscribers' queues.
#include <algorithm>
#include <array>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

#include "state/stream_entry.hpp"
#include "state/stream_hub.hpp"

namespace portcullis::bff {

namespace asio = boost::asio;

namespace {

const void* context_of(const asio::any_io_executor& executor) {
  return &asio::query(executor, asio::execution::context);
}

}  // namespace

WireEvent::WireEvent(std::uint64_t id, std::string_view event, std::string_view data) : id_(id) {
  std::string text = "id: " + std::to_string(id) + "\nevent: ";
  text.append(event).append("\n");
  // A line of data to each line: CR, LF and CRLF all end one for the reader.
  for (std::size_t at = 0;;) {
    const std::size_t end = data.find_first_of("\r\n", at);
    text.append("data: ").append(data.substr(at, end == data.npos ? data.npos : end - at));
    text.append("\n");
    if (end == data.npos) break;
    at = end + (data.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  text.append("\n");
  std::array<char, 20> size{};
  const auto [last, error] = std::to_chars(size.data(), size.data() + size.size(), text.size(), 16);
  (void)error;  // 20 characters hold any size
  bytes_.reserve(text.size() + 24);
  bytes_.append(size.data(), last).append("\r\n");
  text_offset_ = bytes_.size();
  text_size_ = text.size();
  bytes_.append(text).append("\r\n");
}

// What one io_context has subscribed. `by_tenant` is touched by that context's thread only;
// `streams` is counted under events_mutex_.
struct HostStream::Lane : std::enable_shared_from_this<HostStream::Lane> {
  explicit Lane(asio::any_io_executor where) : executor(std::move(where)) {}
  const asio::any_io_executor executor;
  std::size_t streams = 0;
  std::unordered_map<std::string, std::vector<Impl*>> by_tenant;

  void deliver(const std::string& tenant, const WireEventPtr& event);
};

struct HostStream::Impl {
  Impl(StreamHub& owner, std::string of_tenant, const asio::any_io_executor& executor)
      : hub(owner), tenant(std::move(of_tenant)), timer(executor) {}

  StreamHub& hub;
  const std::string tenant;
  std::shared_ptr<Lane> lane;
  std::size_t index = 0;  // in lane->by_tenant[tenant]
  Registration registration;
  CloseFunction on_end;
  asio::steady_timer timer;  // the waiter's heartbeat; cancelled to wake it
  bool waiting = false;
  std::vector<WireEventPtr> queue;
  std::size_t queue_bytes = 0;
  std::uint64_t seen = 0;  // events up to this id are not for it (any more)
  std::optional<Code> ended;

  void wake() {
    if (waiting) timer.cancel();
  }

  void finish(Code why) {
    if (ended) return;
    ended = why;
    queue.clear();
    queue_bytes = 0;
    wake();
  }

  void push(const WireEventPtr& event) {
    if (ended || event->id() <= seen) return;
    seen = event->id();
    const StreamLimits& limits = hub.limits_;
    if (queue.size() >= limits.queue_events ||
        queue_bytes + event->text().size() > limits.queue_bytes) {
      hub.slow_dropped_.fetch_add(1);
      finish(Code::kOverloaded);
      // By way of the registry, so that it is posted and not called in the middle of a delivery.
      if (on_end) {
        asio::post(timer.get_executor(), [entry = StreamHub::entry_of(registration)] {
          if (entry->open && entry->close) entry->close(Code::kOverloaded);
        });
      }
      return;
    }
    queue.push_back(event);
    queue_bytes += event->text().size();
    hub.delivered_.fetch_add(1, std::memory_order_relaxed);
    wake();
  }
};

void HostStream::Lane::deliver(const std::string& tenant, const WireEventPtr& event) {
  const auto to = [&event](const std::vector<Impl*>& readers) {
    for (Impl* reader : readers) reader->push(event);
  };
  if (tenant.empty()) {
    for (const auto& [name, readers] : by_tenant) to(readers);
    return;
  }
  const auto found = by_tenant.find(tenant);
  if (found != by_tenant.end()) to(found->second);
}

std::shared_ptr<Registration::Entry> StreamHub::entry_of(const Registration& registration) {
  return registration.entry_;
}

StreamHub::StreamHub(StreamLimits limits, std::uint64_t first_id)
    : limits_(limits), next_id_(first_id), ring_first_(first_id) {}

StreamHub::~StreamHub() = default;

std::uint64_t StreamHub::publish(std::string_view tenant, std::string_view event,
                                 std::string_view data) {
  const std::lock_guard lock(events_mutex_);
  const std::uint64_t id = next_id_++;
  auto wire = std::make_shared<const WireEvent>(id, event, data);
  ring_bytes_ += wire->text().size();
  ring_.push_back({std::string(tenant), wire});
  while (!ring_.empty() &&
         (ring_.size() > limits_.ring_events || ring_bytes_ > limits_.ring_bytes)) {
    ring_bytes_ -= ring_.front().event->text().size();
    ring_first_ = ring_.front().event->id() + 1;
    ring_.pop_front();
  }
  published_.fetch_add(1);
  // Posted under the lock, so that all lanes see all events in the order of their ids, and so that
  // a lane whose last stream goes (and with it maybe its io_context) waits until this is done.
  for (const auto& [context, lane] : lanes_) {
    asio::post(lane->executor, [lane, to = std::string(tenant), wire] { lane->deliver(to, wire); });
  }
  return id;
}

std::unique_ptr<HostStream> StreamHub::subscribe(StreamInfo info, asio::any_io_executor executor,
                                                 std::optional<std::uint64_t> last_event_id,
                                                 CloseFunction on_end,
                                                 std::size_t max_per_session) {
  std::unique_ptr<HostStream> stream(new HostStream);
  stream->impl_ = std::make_unique<HostStream::Impl>(*this, info.tenant, executor);
  HostStream::Impl& impl = *stream->impl_;
  impl.on_end = std::move(on_end);
  info.kind = StreamKind::kHostEvents;
  auto registration = add(
      std::move(info), executor,
      [raw = &impl](Code why) {
        // A local copy: the callback may destroy the stream.
        const CloseFunction callback = raw->on_end;
        raw->finish(why);
        if (callback) callback(why);
      },
      max_per_session);
  if (!registration) return nullptr;
  impl.registration = std::move(*registration);

  const std::lock_guard lock(events_mutex_);
  auto& lane = lanes_[context_of(executor)];
  if (!lane) lane = std::make_shared<HostStream::Lane>(executor);
  impl.lane = lane;
  ++lane->streams;
  auto& streams = lane->by_tenant[impl.tenant];
  impl.index = streams.size();
  streams.push_back(&impl);
  // What is published from here on comes through the lane; what is on its way to it is older, and
  // is either in the ring or not wanted.
  impl.seen = next_id_ - 1;
  stream->position_ = impl.seen;
  if (last_event_id && *last_event_id + 1 >= ring_first_ && *last_event_id < next_id_) {
    stream->resumed_ = true;
    for (const RingEvent& old : ring_) {
      if (old.event->id() <= *last_event_id) continue;
      if (!old.tenant.empty() && old.tenant != impl.tenant) continue;
      impl.queue.push_back(old.event);
      impl.queue_bytes += old.event->text().size();
    }
    // A backlog over the queue's bound would drop the reader with the next event.
    if (impl.queue.size() >= limits_.queue_events || impl.queue_bytes >= limits_.queue_bytes) {
      impl.queue.clear();
      impl.queue_bytes = 0;
      stream->resumed_ = false;
    }
  }
  return stream;
}

void StreamHub::leave(HostStream::Impl& stream) noexcept {
  const std::lock_guard lock(events_mutex_);
  HostStream::Lane& lane = *stream.lane;
  const auto tenant = lane.by_tenant.find(stream.tenant);
  auto& streams = tenant->second;
  streams[stream.index] = streams.back();
  streams[stream.index]->index = stream.index;
  streams.pop_back();
  if (streams.empty()) lane.by_tenant.erase(tenant);
  if (--lane.streams == 0) lanes_.erase(context_of(lane.executor));
}

StreamStats StreamHub::stats() const noexcept {
  return {published_.load(), delivered_.load(), slow_dropped_.load(), closed_.load()};
}

HostStream::~HostStream() {
  if (!impl_ || !impl_->lane) return;
  impl_->hub.leave(*impl_);
}

void HostStream::end(Code why) { impl_->finish(why); }

asio::awaitable<HostStream::Batch> HostStream::next(std::chrono::milliseconds heartbeat) {
  Impl& impl = *impl_;
  if (impl.queue.empty() && !impl.ended) {
    boost::system::error_code ignored;
    impl.timer.expires_after(heartbeat);
    impl.waiting = true;
    co_await impl.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    impl.waiting = false;
  }
  Batch batch;
  batch.events = std::exchange(impl.queue, {});
  impl.queue_bytes = 0;
  batch.ended = impl.ended;
  co_return batch;
}

}  // namespace portcullis::bff
