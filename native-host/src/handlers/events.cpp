// Event streams to hosts: `GET /api/plugins/events`, and the theme alone on `GET
// /api/configs/stream`. One stream waits in one coroutine; events are shared bytes.
#include <charconv>
#include <nlohmann/json.hpp>

#include "handlers/handlers.hpp"
#include "handlers/open_route.hpp"
#include "handlers/stream_gauge.hpp"
#include "http/etag.hpp"

namespace portcullis::bff::handlers {

namespace {

constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::string_view kComment = ":\n\n";

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
  // JSON text here has no line break.
  out.append("data: ").append(data).append("\n\n");
  return out;
}

StreamHead stream_head() {
  StreamHead head;
  append_header(head.header_lines, "Content-Type", "text/event-stream");
  append_header(head.header_lines, "Cache-Control", "no-store");
  // nginx in front would gather the events otherwise.
  append_header(head.header_lines, "X-Accel-Buffering", "no");
  return head;
}

/// What a host has to know first: which configuration it talks to, and what is evicted.
std::string hello(const Call& call) {
  nlohmann::ordered_json quarantined = nlohmann::ordered_json::array();
  std::string last;
  for (const QuarantineEntry& entry : call.app.state.quarantine->list(call.tenant().id)) {
    const Plugin* plugin = call.tenant().find(entry.plugin_id);
    if (entry.version && (plugin == nullptr || plugin->version() != *entry.version)) continue;
    if (entry.plugin_id == last) continue;
    last = entry.plugin_id;
    quarantined.push_back(last);
  }
  return "{\"generation\":" + std::to_string(call.snapshot().generation) +
         ",\"quarantined\":" + quarantined.dump() + "}";
}

struct Listening {
  std::string_view only;  ///< this event alone; empty: all
  std::string opening;    ///< what goes out first
};

bool wanted(const Listening& listening, const WireEvent& event) {
  if (listening.only.empty()) return true;
  const std::string line = "event: " + std::string(listening.only) + "\n";
  return event.text().find(line) != std::string_view::npos;
}

boost::asio::awaitable<bool> send(Exchange& exchange, std::string_view bytes) {
  if (exchange.write_now(bytes)) co_return true;
  co_return !co_await exchange.write(bytes);
}

Awaitable listen(Call& call, std::string_view only) {
  Exchange& exchange = call.exchange;
  SharedState& state = call.app.state;
  if (exchange.request().method == "HEAD") {
    StreamHead head = stream_head();
    if (!co_await exchange.begin(std::move(head))) (void)co_await exchange.finish();
    co_return;
  }
  const auto per_session =
      static_cast<std::size_t>(std::max(0, call.snapshot().settings.limits.streams_per_session));
  StreamInfo info = stream_info(call);
  // The theme's first event is all of it: what it was before is nothing to catch up with.
  const auto after = only.empty() ? last_event_id(exchange.request()) : std::nullopt;
  auto stream = state.streams.subscribe(
      std::move(info), exchange.executor(), after, [](Code) {}, per_session);
  if (!stream) co_return call.refuse(Code::kOverloaded, "this session has too many streams");
  // Registered first, judged again after it: what ended in between must not slip through.
  if (const Code again = judge_again(call); again != Code::kAllowed) co_return call.refuse(again);

  Listening listening{only, {}};
  const std::string theme = "{\"theme\":" + call.tenant().theme.json + "}";
  if (only.empty()) {
    // No id before a backlog: cut off between the two, the reader would resume behind what it never
    // got.
    const bool resumed = stream->resumed();
    const auto id = resumed ? std::nullopt : std::optional(stream->position());
    listening.opening = event_text("hello", hello(call), id);
    if (!resumed) listening.opening += event_text("theme", theme, std::nullopt);
  } else {
    listening.opening = event_text(only, theme, stream->position());
  }
  exchange.forget_request();
  call.first_byte = state.clock.steady() - call.started;
  // A name of its own: GCC 12 moves a temporary in a co_await's arguments byte by byte (short
  // strings then point to where it was).
  StreamHead head = stream_head();
  if (co_await exchange.begin(std::move(head))) co_return;
  exchange.on_peer_closed([&stream] { stream->end(Code::kAllowed); });
  const StreamGauge counted(state.metrics, {call.tenant().id, {}, {}}, "host");
  const SessionPtr session = call.judgement.session;
  call.let_go_of_edition();
  bool alive = co_await send(exchange, listening.opening);
  listening.opening = std::string();
  Code why = Code::kAllowed;
  while (alive) {
    const HostStream::Batch batch = co_await stream->next(kHeartbeat);
    for (const WireEventPtr& event : batch.events) {
      if (alive && wanted(listening, *event)) alive = co_await send(exchange, event->text());
    }
    if (batch.ended) {
      why = *batch.ended;
      break;
    }
    if (batch.events.empty() && alive) {
      alive = co_await send(exchange, kComment);
      if (!state.sessions.alive(*session)) {
        why = Code::kSessionRequired;
        break;
      }
    }
  }
  exchange.on_peer_closed({});
  stream.reset();
  call.note = std::string(name(why));
  if (!alive || exchange.peer_closed()) co_return;
  if (why == Code::kSessionRequired) {
    const std::string ended = event_text("session", "{\"state\":\"ended\"}", std::nullopt);
    alive = co_await send(exchange, ended);
  }
  if (alive) (void)co_await exchange.finish();
}

}  // namespace

Awaitable events(Call& call) { return listen(call, {}); }

Awaitable config_stream(Call& call) { return listen(call, "theme"); }

Response config_ui(Call& call) {
  const Theme& theme = call.tenant().theme;
  const bool same = none_match(call.exchange.request(), theme.etag);
  Response response(same ? 304 : 200);
  response.header("ETag", theme.etag).header("Cache-Control", "private, no-cache");
  if (!same) response.body(theme.json, "application/json");
  return response;
}

}  // namespace portcullis::bff::handlers
