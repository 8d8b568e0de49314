#include "lab/lab_fixture_routes.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/open_call.hpp"
#include "api/stream_gauge.hpp"
#include "http/client_side.hpp"
#include "lab/fixture.hpp"
#include "upstream/header_filter.hpp"

namespace portcullis::bff {

namespace {

constexpr std::chrono::milliseconds kHeartbeat{limits::kStreamHeartbeatMs};
constexpr std::chrono::minutes kLongestHang{10};

/// A wait that a client disconnect or a close function can end.
struct Wait {
  explicit Wait(const boost::asio::any_io_executor& executor) : timer(executor) {}
  boost::asio::steady_timer timer;
  Code ended = Code::kAllowed;
  bool gone = false;
  bool writing = false;

  void end(Code why, Exchange& exchange) {
    ended = why;
    timer.cancel();
    // A write the client does not read would block everything.
    if (writing) exchange.abort();
  }
  void peer_gone() {
    gone = true;
    timer.cancel();
  }
  [[nodiscard]] bool over() const { return gone || ended != Code::kAllowed; }
};

boost::asio::awaitable<void> sleep(Wait& wait, std::chrono::milliseconds time) {
  if (wait.over() || time.count() <= 0) co_return;
  wait.timer.expires_after(time);
  boost::system::error_code ignored;
  co_await wait.timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

Response whole(const FixtureAnswer& answer) {
  Response response(static_cast<unsigned>(answer.status));
  std::string_view type = "application/octet-stream";
  bool cached = false;
  for (const auto& [name, value] : answer.headers) {
    if (iequals(name, "content-type")) {
      type = value;
    } else {
      cached = cached || iequals(name, "cache-control");
      response.header(name, value);
    }
  }
  if (!cached) response.header("Cache-Control", "no-store");
  // Like an upstream's answer: anything a browser could run as a document of this origin is
  // sandboxed.
  if (classify_content_type(type) == BodyKind::kActive) {
    response.header("Content-Security-Policy", kSandboxPolicy);
  }
  response.body(answer.body, type);
  return response;
}

boost::asio::awaitable<void> truncate(RequestContext& call, const FixtureAnswer& answer) {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-ID: " +
                      call.exchange.request_id() +
                      "\r\nContent-Length: " + std::to_string(answer.body->size() + 1) + "\r\n\r\n";
  bytes.append(*answer.body, 0, answer.body->size() / 2);
  co_await call.exchange.send_raw_and_abort(std::move(bytes));
}

boost::asio::awaitable<void> answer_once(RequestContext& call, const FixtureAnswer& answer,
                                         Wait& wait) {
  co_await sleep(wait, answer.delay);
  if (wait.gone) co_return call.exchange.abort();
  if (wait.ended != Code::kAllowed) co_return call.refuse(wait.ended);
  switch (answer.fault) {
    case Fault::kNone:
      call.exchange.respond(whole(answer));
      co_return;
    case Fault::kReset:
      call.exchange.abort();
      co_return;
    case Fault::kHang:
      co_await sleep(wait, kLongestHang);
      call.exchange.abort();
      co_return;
    case Fault::kTruncate:
      co_await truncate(call, answer);
      co_return;
    case Fault::kGarbage:
      co_await call.exchange.send_raw_and_abort("\x16\x03\x01 this is not HTTP\n\n");
      co_return;
  }
}

boost::asio::awaitable<bool> send(Exchange& exchange, Wait& wait, std::string_view bytes) {
  if (exchange.write_now(bytes)) co_return true;
  wait.writing = true;
  const auto error = co_await exchange.write(bytes);
  wait.writing = false;
  co_return !error;
}

boost::asio::awaitable<void> stream(RequestContext& call, SteadyTime now, StreamCursor cursor,
                                    Wait& wait, bool cut_short) {
  Exchange& exchange = call.exchange;
  StreamHead head;
  append_header(head.header_lines, "Content-Type", "text/event-stream");
  append_header(head.header_lines, "Cache-Control", "no-store");
  append_header(head.header_lines, "X-Accel-Buffering", "no");
  const bool head_only = exchange.request().method == "HEAD";
  exchange.forget_request();
  call.first_byte = now - call.started;
  if (co_await exchange.begin(std::move(head))) co_return;
  while (!head_only && !wait.over()) {
    auto step = cursor.next();
    if (!step) break;
    while (step->delay > kHeartbeat && !wait.over()) {
      co_await sleep(wait, kHeartbeat);
      step->delay -= kHeartbeat;
      if (!wait.over() && !co_await send(exchange, wait, ":\n\n")) co_return;
    }
    co_await sleep(wait, step->delay);
    if (wait.over()) break;
    if (!co_await send(exchange, wait, step->bytes)) co_return;
  }
  if (wait.ended != Code::kAllowed) {
    call.note = name(wait.ended);
    if (cut_short) co_return exchange.abort();
  }
  if (!wait.gone) (void)co_await exchange.finish();
}

/// Reads and discards the request's body. Returns false if it was refused.
boost::asio::awaitable<bool> take_body(RequestContext& call) {
  constexpr std::size_t kPiece = 16 * 1024;
  const std::uint64_t limit = call.snapshot().settings.limits.fixture_body_bytes;
  ClientSide& client = call.exchange.client_side();
  std::uint64_t taken = client.request_content_length().value_or(0);
  if (taken <= limit) taken = 0;
  std::string piece;
  while (taken <= limit) {
    boost::system::error_code error;
    piece.clear();
    const std::size_t got = co_await client.read_more(piece, kPiece, error);
    if (error) {
      const bool slow = error == boost::asio::error::timed_out;
      call.refuse(slow ? Code::kRequestTimeout : Code::kBadRequest);
      co_return false;
    }
    if (got == 0) co_return true;
    taken += got;
  }
  call.refuse(Code::kBodyTooLarge, "the body is larger than " + std::to_string(limit) +
                                       " bytes, the limit of fixtures "
                                       "(limits.fixture_body_bytes)");
  co_return false;
}

/// Whether the route is answered with the fixture's stream.
bool streams(const RouteRule& rule, const Fixture& fixture) {
  return rule.kind == RouteRule::Kind::kSse ||
         (rule.kind == RouteRule::Kind::kStream && fixture.has_stream());
}

}  // namespace

bool LabFixtureRoutes::answer_now(RequestContext& call) {
  const RouteRule& rule = *call.judgement.target.route;
  if (rule.fixture.empty() || rule.kind == RouteRule::Kind::kSse ||
      call.exchange.request().has_body()) {
    return false;
  }
  const auto found = call.snapshot().fixtures.find(rule.fixture);
  if (found == call.snapshot().fixtures.end() || !found->second->immediate() ||
      streams(rule, *found->second)) {
    return false;
  }
  const auto answer = found->second->answer(
      {call.method, rule.forwarded(call.judgement.path()), call.judgement.query()});
  answer ? call.exchange.respond(whole(*answer))
         : call.refuse(Code::kRouteNotFound, "the fixture has no matching response");
  return true;
}

boost::asio::awaitable<void> LabFixtureRoutes::answer(RequestContext& call) {
  const RouteRule& rule = *call.judgement.target.route;
  const auto found = call.snapshot().fixtures.find(rule.fixture);
  if (found == call.snapshot().fixtures.end()) co_return call.refuse(Code::kRouteNotFound);
  const std::shared_ptr<const Fixture> fixture = found->second;

  // Fixtures ignore bodies, but a client that sends one expects it to be read.
  const bool has_body = call.exchange.request().has_body();
  if (has_body && !co_await take_body(call)) co_return;

  const bool sse = streams(rule, *fixture);
  // Clients reconnect to an event stream; a truncated answer must not look complete.
  const bool cut_short = rule.kind == RouteRule::Kind::kStream;
  std::optional<FixtureAnswer> answer;
  if (!sse) {
    answer = fixture->answer(
        {call.method, rule.forwarded(call.judgement.path()), call.judgement.query()});
    if (!answer)
      co_return call.refuse(Code::kRouteNotFound, "the fixture has no matching response");
    // Nothing was or will be waited for.
    if (!has_body && answer->delay.count() == 0 && answer->fault == Fault::kNone) {
      co_return call.exchange.respond(whole(*answer));
    }
  }

  Wait wait(call.exchange.executor());
  Quota full{};
  auto registration = streams_.add(
      stream_info(call), call.exchange.executor(),
      [&wait, &exchange = call.exchange](Code why) { wait.end(why, exchange); },
      stream_quotas(call), &full);
  if (!registration)
    co_return call.refuse(Code::kOverloaded,
                          too_many_open(full, rule.kind == RouteRule::Kind::kApi));
  const Code again = open_judge_.judge(call);
  if (again != Code::kAllowed) co_return call.refuse(again);

  if (sse) {
    if (!fixture->has_stream()) co_return call.refuse(Code::kRouteNotFound);
    StreamCursor cursor = fixture->open_stream(call.exchange.request().first("last-event-id"));
    const StreamGauge counted(metrics_, call.labels(), "plugin");
    call.let_go_of_serving_state();
    call.exchange.on_peer_closed([&wait] { wait.peer_gone(); });
    co_await stream(call, clock_.steady(), std::move(cursor), wait, cut_short);
    co_return;
  }
  if (answer->delay.count() > 0 || answer->fault == Fault::kHang) {
    call.exchange.on_peer_closed([&wait] { wait.peer_gone(); });
  }
  co_await answer_once(call, *answer, wait);
}

}  // namespace portcullis::bff
