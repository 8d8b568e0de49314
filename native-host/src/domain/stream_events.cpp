// StreamHub: host events, from publish() to the lanes.
#include <algorithm>
#include <array>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <charconv>
#include <utility>

#include "domain/stream_entry.hpp"
#include "domain/stream_shard.hpp"

namespace portcullis::bff {

namespace {

const void* context_of(const asio::any_io_executor& executor) {
  return &asio::query(executor, asio::execution::context);
}

}  // namespace

WireEvent::WireEvent(std::uint64_t id, std::string_view event, std::string_view data) : id_(id) {
  std::string text = "id: " + std::to_string(id) + "\nevent: ";
  event_offset_ = text.size();
  event_size_ = event.size();
  text.append(event).append("\n");
  // One data line per line of text: readers end lines at CR, LF and CRLF.
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
  (void)error;  // 20 characters fit any size
  bytes_.reserve(text.size() + 24);
  bytes_.append(size.data(), last).append("\r\n");
  text_offset_ = bytes_.size();
  event_offset_ += text_offset_;
  text_size_ = text.size();
  bytes_.append(text).append("\r\n");
}

const std::string& StreamHub::tenant_of(const Registration& registration) noexcept {
  return registration.entry_->info.tenant;
}

StreamHub::StreamHub(StreamLimits limits, std::uint64_t first_id)
    : limits_(limits), first_id_(first_id), next_id_(first_id) {}

StreamHub::~StreamHub() = default;

std::uint64_t StreamHub::publish(std::string_view tenant, std::string_view event,
                                 std::string_view data) {
  const std::lock_guard lock(events_mutex_);
  const std::uint64_t id = next_id_++;
  auto wire = std::make_shared<const WireEvent>(id, event, data);
  Ring& ring = rings_.try_emplace(std::string(tenant), Ring{{}, 0, first_id_}).first->second;
  ring.bytes += wire->text().size();
  ring.events.push_back(wire);
  while (!ring.events.empty() &&
         (ring.events.size() > limits_.ring_events || ring.bytes > limits_.ring_bytes)) {
    ring.bytes -= ring.events.front()->text().size();
    ring.first = ring.events.front()->id() + 1;
    ring.events.pop_front();
  }
  published_.fetch_add(1);
  // Posted under the lock, so that all lanes see events in id order, and so that a lane whose last
  // stream leaves (possibly with its io_context) waits until this is done.
  for (const auto& [context, lane] : lanes_) {
    asio::post(lane->executor,
               [this, lane, to = std::string(tenant), wire] { lane->deliver(*this, to, wire); });
  }
  return id;
}

/// All events for this tenant from this id on are kept.
std::uint64_t StreamHub::kept_from(const std::string& tenant) const {
  std::uint64_t first = first_id_;
  for (const std::string& name : {std::string(), tenant}) {
    const auto ring = rings_.find(name);
    if (ring != rings_.end()) first = std::max(first, ring->second.first);
  }
  return first;
}

std::vector<WireEventPtr> StreamHub::kept_after(const std::string& tenant, std::uint64_t id) const {
  std::vector<WireEventPtr> out;
  for (const std::string& name : {std::string(), tenant}) {
    const auto ring = rings_.find(name);
    if (ring == rings_.end()) continue;
    for (const WireEventPtr& event : ring->second.events) {
      if (event->id() > id) out.push_back(event);
    }
  }
  std::sort(out.begin(), out.end(),
            [](const WireEventPtr& a, const WireEventPtr& b) { return a->id() < b->id(); });
  return out;
}

std::unique_ptr<HostStream> StreamHub::subscribe(StreamInfo info, asio::any_io_executor executor,
                                                 std::optional<std::uint64_t> last_event_id,
                                                 HostSink& sink, const StreamQuotas& quotas,
                                                 std::string_view only, Quota* full) {
  std::unique_ptr<HostStream> stream(new HostStream);
  stream->impl_ = std::make_unique<HostStream::Impl>(*this, sink, only);
  HostStream::Impl& impl = *stream->impl_;
  info.kind = StreamKind::kHostEvents;
  auto finish = [raw = &impl](Code why) { raw->finish(why); };
  auto registration = add(std::move(info), executor, std::move(finish), quotas, full);
  if (!registration) return nullptr;
  impl.registration = std::move(*registration);
  const std::string& tenant = tenant_of(impl.registration);

  const std::lock_guard lock(events_mutex_);
  auto& lane = lanes_[context_of(executor)];
  if (!lane) lane = std::make_shared<HostStream::Lane>(executor, limits_.heartbeat);
  impl.lane = lane;
  ++lane->streams;
  auto& streams = lane->by_tenant[tenant];
  impl.index = streams.size();
  streams.push_back(&impl);
  lane->watch(impl);
  // Later events arrive through the lane. Events already on their way to it are older: they are in
  // the ring, or not wanted.
  impl.seen = next_id_ - 1;
  stream->position_ = impl.seen;
  if (last_event_id && *last_event_id + 1 >= kept_from(tenant) && *last_event_id < next_id_) {
    stream->resumed_ = true;
    for (WireEventPtr& old : kept_after(tenant, *last_event_id)) {
      if (!impl.wants(*old)) continue;
      impl.queue_bytes += old->text().size();
      impl.queue.push_back(std::move(old));
    }
    // A backlog over the queue's limit would end the reader at the next event.
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
  const auto tenant = lane.by_tenant.find(tenant_of(stream.registration));
  auto& streams = tenant->second;
  streams[stream.index] = streams.back();
  streams[stream.index]->index = stream.index;
  streams.pop_back();
  if (streams.empty()) lane.by_tenant.erase(tenant);
  if (--lane.streams > 0) return;
  lane.stop();
  lanes_.erase(context_of(lane.executor));
}

StreamStats StreamHub::stats() const noexcept {
  return {published_.load(), delivered_.load(), slow_dropped_.load(), closed_.load()};
}

HostStream::~HostStream() {
  if (!impl_ || !impl_->lane) return;
  impl_->hub.leave(*impl_);
}

void HostStream::end(Code why) { impl_->finish(why); }

HostStream::Batch HostStream::take() {
  impl_->queue_bytes = 0;
  return {std::exchange(impl_->queue, {}), impl_->ended};
}

bool HostStream::listen() {
  if (impl_->ended || !impl_->queue.empty()) return false;
  impl_->listening = true;
  return true;
}

}  // namespace portcullis::bff
