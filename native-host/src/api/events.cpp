#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/event_endpoints.hpp"
#include "base/ip_address.hpp"
#include "http/etag.hpp"

namespace portcullis::bff {

namespace {

constexpr std::string_view kComment = ":\n\n";
constexpr std::string_view kCommentChunk = "3\r\n:\n\n\r\n";

std::optional<std::uint64_t> last_event_id(const Request& request) {
  const std::string_view text = request.first("last-event-id");
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

std::string event_text(std::string_view event, std::string_view data,
                       std::optional<std::uint64_t> id) {
  std::string out;
  if (id) out.append("id: ").append(std::to_string(*id)).append("\n");
  out.append("event: ").append(event).append("\n");
  // `data` is JSON without line breaks.
  out.append("data: ").append(data).append("\n\n");
  return out;
}

StreamHead stream_head() {
  StreamHead head;
  append_header(head.header_lines, "Content-Type", "text/event-stream");
  append_header(head.header_lines, "Cache-Control", "no-store");
  // Otherwise an nginx in front would buffer events.
  append_header(head.header_lines, "X-Accel-Buffering", "no");
  return head;
}

boost::asio::awaitable<bool> send(Exchange& exchange, std::string_view bytes) {
  if (exchange.write_now(bytes)) co_return true;
  co_return !co_await exchange.write(bytes);
}

/// One open stream; owned by its RequestContext.
class OpenStream final : public HostSink {
 public:
  /// `only`: sends only events of this name (a literal); empty: all.
  OpenStream(const EventEndpoints::Parts& parts, RequestContext& call, std::string_view only)
      : parts_(parts), exchange_(call.exchange), call_(call), only_(only) {}
  ~OpenStream() override { count(false); }
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;

  /// Returns null if a quota is exceeded; `full` says whose.
  HostStream* subscribe(Quota& full) {
    StreamInfo info = stream_info(call_);
    info.address = site_of(call_.from.ip);
    // The theme's first event is complete, so there is nothing to catch up on.
    const auto after = only_.empty() ? last_event_id(call_.exchange.request()) : std::nullopt;
    stream_ = parts_.streams.subscribe(std::move(info), call_.exchange.executor(), after, *this,
                                       stream_quotas(call_), only_, &full);
    return stream_.get();
  }
  void count(bool open) {
    if (open == counted_) return;
    counted_ = open;
    const PluginLabels labels{call_.tenant_id, {}, {}};
    Metrics& metrics = parts_.metrics;
    open ? metrics.stream_opened(labels, "host") : metrics.stream_closed(labels, "host");
  }
  /// Sends what is queued, then parks the stream or ends the answer.
  boost::asio::awaitable<void> follow();

  // HostSink, while parked.
  bool on_event(const WireEvent& event) override {
    return written(exchange_.write_event_now(event.text(), event.chunk()));
  }
  void fetch_ahead(int step) const noexcept override {
    step == 0 ? __builtin_prefetch(&exchange_) : exchange_.fetch_ahead();
  }
  bool on_silence() override {
    if (!parts_.sessions.alive(call_.session())) {
      stream_->end(Code::kSessionRequired);
      return false;
    }
    return written(call_.exchange.write_event_now(kComment, kCommentChunk));
  }
  void on_end(Code) override {
    // Not parked means a write the client does not read is pending; it would block everything.
    parked_ ? go_on() : call_.exchange.abort();
  }

 private:
  bool written(bool all) {
    if (!all) go_on();
    return all;
  }
  void go_on() {
    parked_ = false;
    call_.exchange.resume(follow());
  }

  const EventEndpoints::Parts& parts_;  // owned by the endpoints, which outlive connections
  Exchange& exchange_;
  RequestContext& call_;
  const std::string_view only_;
  std::unique_ptr<HostStream> stream_;
  bool parked_ = false;
  bool counted_ = false;
};

boost::asio::awaitable<void> OpenStream::follow() {
  Exchange& exchange = call_.exchange;
  bool alive = !co_await exchange.write({});  // what could not be written at once
  HostStream::Batch batch = stream_->take();
  while (alive && !batch.ended) {
    if (batch.events.empty() && stream_->listen()) {
      parked_ = true;
      exchange.park();
      co_return;
    }
    for (const WireEventPtr& event : batch.events) {
      if (alive) alive = co_await send(exchange, event->text());
    }
    batch = stream_->take();
  }
  if (!batch.ended) batch = stream_->take();
  const Code why = batch.ended.value_or(Code::kAllowed);
  exchange.on_peer_closed({});
  stream_.reset();
  count(false);
  call_.note = std::string(name(why));
  if (!alive || exchange.peer_closed()) co_return;
  if (why == Code::kSessionRequired) {
    const std::string ended = event_text("session", "{\"state\":\"ended\"}", std::nullopt);
    alive = co_await send(exchange, ended);
  }
  if (alive) (void)co_await exchange.finish();
}

}  // namespace

/// The first event: the configuration's generation and the evicted plugins.
std::string EventEndpoints::hello(const RequestContext& call) const {
  nlohmann::ordered_json quarantined = nlohmann::ordered_json::array();
  std::string last;
  for (const QuarantineEntry& entry : parts_.quarantine.list(call.tenant().id)) {
    const Plugin* plugin = call.tenant().find(entry.plugin_id);
    if (entry.version && (plugin == nullptr || !stops_version(entry.version, plugin->version()))) {
      continue;
    }
    if (entry.plugin_id == last) continue;
    last = entry.plugin_id;
    quarantined.push_back(last);
  }
  return "{\"generation\":" + std::to_string(call.snapshot().generation) +
         ",\"quarantined\":" + quarantined.dump() + "}";
}

boost::asio::awaitable<void> EventEndpoints::listen(RequestContext& call, std::string_view only) {
  Exchange& exchange = call.exchange;
  if (exchange.request().method == "HEAD") {
    StreamHead head = stream_head();
    if (!co_await exchange.begin(std::move(head))) (void)co_await exchange.finish();
    co_return;
  }
  const auto open = std::make_shared<OpenStream>(parts_, call, only);
  call.stream = open;
  Quota full{};
  HostStream* const stream = open->subscribe(full);
  if (stream == nullptr) co_return call.refuse(Code::kOverloaded, too_many_open(full, false));
  // Register first, then judge again: changes in between must not be missed.
  if (const Code again = parts_.open_judge.judge(call); again != Code::kAllowed) {
    call.stream.reset();
    co_return call.refuse(again);
  }
  const std::string theme = "{\"theme\":" + call.tenant().theme.json + "}";
  std::string opening;
  if (only.empty()) {
    // No id before a backlog: a client cut off between the two would resume after events it never
    // received.
    const bool resumed = stream->resumed();
    opening = event_text("hello", hello(call),
                         resumed ? std::nullopt : std::optional(stream->position()));
    if (!resumed) opening += event_text("theme", theme, std::nullopt);
  } else {
    opening = event_text(only, theme, stream->position());
  }
  exchange.forget_request();
  call.first_byte = parts_.clock.steady() - call.started;
  // A named variable: GCC 12 moves a temporary in co_await's arguments bytewise, which breaks short
  // strings.
  StreamHead head = stream_head();
  call.let_go_of_serving_state();
  open->count(true);
  if (co_await exchange.begin(std::move(head))) {
    call.stream.reset();
    co_return;
  }
  exchange.on_peer_closed([stream] { stream->end(Code::kAllowed); });
  // follow() waits for what could not be written at once.
  (void)exchange.write_now(opening);
  co_await open->follow();
}

boost::asio::awaitable<void> EventEndpoints::events(RequestContext& call) {
  return listen(call, {});
}

boost::asio::awaitable<void> EventEndpoints::config_stream(RequestContext& call) {
  return listen(call, "theme");
}

Response EventEndpoints::config_ui(RequestContext& call) const {
  const Theme& theme = call.tenant().theme;
  const bool same = none_match(call.exchange.request(), theme.etag);
  Response response(same ? 304 : 200);
  response.header("ETag", theme.etag).header("Cache-Control", "private, no-cache");
  if (!same) response.body(theme.json, "application/json");
  return response;
}

}  // namespace portcullis::bff
