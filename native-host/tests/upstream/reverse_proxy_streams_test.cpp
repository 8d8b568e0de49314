#include "reverse_proxy_fixture.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::FakeClient;
using testing::kEvents;
using testing::kJson;
using testing::Peer;
using testing::ScriptedUpstream;

class ReverseProxyStreams : public testing::ReverseProxyFixture {};

TEST_F(ReverseProxyStreams, EventStreamsNeedARouteThatPermitsThem) {
  const ProxyResult done = answered(std::string(kEvents) + "\r\ndata: 1\n\n");
  EXPECT_EQ(done.code, Code::kUpstreamInvalid);
  EXPECT_FALSE(client.head);
  request.sse_route = true;
  const ProxyResult allowed = answered(std::string(kEvents) + "\r\ndata: 1\n\n");
  EXPECT_EQ(allowed.code, Code::kAllowed) << allowed.detail;
  EXPECT_TRUE(allowed.event_stream);
  EXPECT_TRUE(client.head->event_stream);
  EXPECT_EQ(client.received, "data: 1\n\n");
}

TEST_F(ReverseProxyStreams, SseRoutesCarryOnlyEventsOrErrors) {
  request.sse_route = true;
  for (const std::string& bytes :
       {std::string(kJson) + "Content-Length: 2\r\n\r\n{}",
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        std::string("HTTP/1.1 206 P\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n")}) {
    EXPECT_EQ(answered(bytes).code, Code::kUpstreamInvalid) << bytes;
    EXPECT_FALSE(client.head);
  }
  for (const char* status : {"204 No Content", "404 Not Found", "503 Later"}) {
    FakeClient fresh(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      {
        const std::string bytes_sent =
            std::string("HTTP/1.1 ") + status +
            "\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n";
        co_await peer.write(bytes_sent);
      }
    });
    EXPECT_EQ(forward_to(upstream.target(), fresh).code, Code::kAllowed) << status;
    EXPECT_TRUE(fresh.finished);
  }
}

TEST_F(ReverseProxyStreams, EventsAreForwardedImmediately) {
  Peer* stream = nullptr;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    {
      const std::string bytes_sent = std::string(kEvents) + "Transfer-Encoding: chunked\r\n\r\n";
      co_await peer.write(bytes_sent);
    }
    stream = &peer;
    co_await peer.closed();
    stream = nullptr;
  });
  request.sse_route = true;
  auto target = upstream.target();
  target.timeout = 20ms;  // silence of a stream is not slowness
  start(target);
  until([&] { return client.head.has_value() && stream != nullptr; });
  for (int i = 1; i <= 3; ++i) {
    asio::steady_timer quiet(context, 25ms);
    bool over = false;
    quiet.async_wait([&](const error_code&) { over = true; });
    until([&] { return over; });
    ASSERT_FALSE(result);
    testing::run(context, [&]() -> asio::awaitable<void> {
      co_await stream->write("9\r\ndata: " + std::to_string(i) + "\n\n\r\n");
    }());
    until([&] { return client.received.size() == static_cast<std::size_t>(i) * 9; });
  }
  EXPECT_EQ(client.received, "data: 1\n\ndata: 2\n\ndata: 3\n\n");
  client.close_by_client();
  const ProxyResult done = finish();
  EXPECT_TRUE(done.client_gone);
  until([&] { return stream == nullptr; });  // a client disconnect releases the upstream
}

TEST_F(ReverseProxyStreams, QuarantineEndsAnEventStreamCleanly) {
  bool freed = false;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    {
      const std::string bytes_sent = std::string(kEvents) + "\r\ndata: 1\n\n";
      co_await peer.write(bytes_sent);
    }
    co_await peer.closed();
    freed = true;
  });
  request.sse_route = true;
  start(upstream.target());
  until([&] { return client.received == "data: 1\n\n"; });
  control.cancel(Code::kPluginQuarantined);
  control.cancel(Code::kSessionRequired);  // the first reason is kept
  const ProxyResult done = finish();
  EXPECT_EQ(done.code, Code::kPluginQuarantined);
  EXPECT_TRUE(client.finished);
  EXPECT_FALSE(client.aborted);
  until([&] { return freed; });
}

TEST_F(ReverseProxyStreams, NothingIsForwardedAfterTheEnd) {
  bool freed = false;
  asio::steady_timer gate(context, asio::steady_timer::time_point::max());
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    {
      const std::string bytes_sent =
          std::string(kEvents) + "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n";
      co_await peer.write(bytes_sent);
    }
    error_code ignored;
    co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    {
      const std::string end_of_chunk = "\r\n";  // bytes without anything to forward
      co_await peer.write(end_of_chunk);
    }
    co_await peer.closed();
    freed = true;
  });
  request.sse_route = true;
  start(upstream.target());
  until([&] { return client.received == "data: 1\n\n"; });
  gate.cancel();
  control.cancel(Code::kPluginQuarantined);
  EXPECT_TRUE(client.finished) << "the client is notified before the upstream is closed";
  EXPECT_EQ(finish().code, Code::kPluginQuarantined);
  EXPECT_FALSE(client.aborted);
  until([&] { return freed; });
}

TEST_F(ReverseProxyStreams, TheLengthOfAStreamIsNotForwarded) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    {
      const std::string bytes_sent =
          std::string(kEvents) + "Content-Length: 100000\r\n\r\ndata: 1\n\n";
      co_await peer.write(bytes_sent);
    }
    co_await peer.closed();
  });
  request.sse_route = true;
  start(upstream.target());
  until([&] { return client.received == "data: 1\n\n"; });
  EXPECT_FALSE(client.head->content_length);
  control.cancel(Code::kPluginQuarantined);
  EXPECT_EQ(finish().code, Code::kPluginQuarantined);
}

TEST_F(ReverseProxyStreams, QuarantineEndsUnreadStreams) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    {
      const std::string bytes_sent = std::string(kEvents) + "\r\n";
      co_await peer.write(bytes_sent);
    }
    co_await peer.flood("data: xxxxxxxxxxxxxxxxxxxxxxxxxxxx\n\n");
  });
  request.sse_route = true;
  start(upstream.target());
  until([&] { return client.received_bytes > 0; });
  client.hold_writes = true;
  until([&] { return client.writing; });
  control.cancel(Code::kPluginQuarantined);
  EXPECT_EQ(finish().code, Code::kPluginQuarantined);
  EXPECT_TRUE(client.aborted);
  EXPECT_FALSE(client.finished);
}

TEST_F(ReverseProxyStreams, CanBeClosedAtEveryStage) {
  // Before it starts.
  control.cancel(Code::kPluginDisabled);
  ScriptedUpstream silent(context,
                          [&](Peer& peer) -> asio::awaitable<void> { co_await peer.closed(); });
  const UpstreamTarget target = silent.target();  // forward() keeps a reference to it
  start(target);
  EXPECT_EQ(finish().code, Code::kPluginDisabled);
  EXPECT_EQ(silent.connections(), 0U);
  // While a small body is read.
  {
    FakeClient stalls(context);
    stalls.has_body = true;
    stalls.body = {"he"};
    stalls.stalls_after_body = true;
    stalls.announced_length = 4;
    ProxyRequest post = request;
    post.method = HttpVerb::post;
    ProxyControl own;
    std::optional<ProxyResult> end;
    asio::co_spawn(context, forward(http, stalls, post, target, own),
                   [&](const std::exception_ptr&, ProxyResult what) { end = what; });
    testing::drain(context);
    own.cancel(Code::kPluginDisabled);
    until([&] { return end.has_value(); });
    EXPECT_TRUE(end->code == Code::kPluginDisabled);
  }
  // While it waits for the answer.
  {
    FakeClient fresh(context);
    ProxyControl own;
    std::optional<ProxyResult> end;
    asio::co_spawn(context, forward(http, fresh, request, target, own),
                   [&](const std::exception_ptr&, ProxyResult what) { end = what; });
    until([&] { return silent.connections() > 0; });
    testing::drain(context);
    own.cancel(Code::kPluginDisabled);
    until([&] { return end.has_value(); });
    EXPECT_EQ(end->code, Code::kPluginDisabled);
    EXPECT_FALSE(end->response_started);
    EXPECT_FALSE(fresh.aborted) << "the reason can be sent";
  }
}

TEST_F(ReverseProxyStreams, CancelledDownloadsAreAborted) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\n\r\nhel");
    co_await peer.closed();
  });
  start(upstream.target());
  until([&] { return client.received == "hel"; });
  control.cancel(Code::kPluginQuarantined);
  EXPECT_EQ(finish().code, Code::kPluginQuarantined);
  EXPECT_TRUE(client.aborted);
  EXPECT_FALSE(client.finished);
}

TEST_F(ReverseProxyStreams, RejectedStreamsExplainHowToDeclareThem) {
  const ProxyResult done = answered(std::string(kEvents) + "\r\ndata: 1\n\n");
  EXPECT_NE(done.advice.find("kind: stream"), std::string::npos) << done.advice;
  EXPECT_NE(done.advice.find("kind: sse"), std::string::npos) << done.advice;
  request.sse_route = true;
  const ProxyResult other = answered(std::string(kJson) + "Content-Length: 2\r\n\r\n{}");
  EXPECT_NE(other.advice.find("kind: api"), std::string::npos) << other.advice;
}

TEST_F(ReverseProxyStreams, StreamRoutesMayAnswerWithOrWithoutEvents) {
  request.may_stream = true;
  request.method = HttpVerb::post;
  const ProxyResult events = answered(std::string(kEvents) + "\r\ndata: 1\n\n");
  EXPECT_EQ(events.code, Code::kAllowed) << events.detail;
  EXPECT_EQ(client.received, "data: 1\n\n");
  FakeClient plain(context);
  ScriptedUpstream json(context, [](Peer& peer) -> asio::awaitable<void> {
    co_await peer.answer_all(std::string(kJson) + "Content-Length: 2\r\n\r\n{}");
  });
  EXPECT_EQ(forward_to(json.target(), plain).code, Code::kAllowed);
  EXPECT_EQ(plain.received, "{}");
}

TEST_F(ReverseProxyStreams, CancelledStreamedAnswersAreAborted) {
  request.may_stream = true;
  bool closed = false;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write(std::string(kEvents) + "\r\ndata: 1\n\n");
    co_await peer.closed();
    closed = true;
  });
  start(upstream.target());
  until([&] { return client.received == "data: 1\n\n"; });
  control.cancel(Code::kSessionRequired);
  EXPECT_EQ(finish().code, Code::kSessionRequired);
  EXPECT_TRUE(client.aborted);
  EXPECT_FALSE(client.finished);
  until([&] { return closed; });
}

TEST_F(ReverseProxyStreams, AClientDisconnectBeforeTheFirstEventEndsTheUpstreamCall) {
  request.may_stream = true;
  request.method = HttpVerb::post;
  for (const bool large : {false, true}) {
    bool asked = false;
    bool closed = false;
    FakeClient caller(context);
    caller.has_body = true;
    caller.body = {std::string(large ? 3 * kSmallBodyBytes : 2, 'x')};
    const std::size_t size = caller.body.front().size();
    ScriptedUpstream upstream(context, [&, size](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.read(size);
      asked = true;
      co_await peer.closed();
      closed = true;
    });
    const UpstreamTarget target = upstream.target();
    ProxyControl own;
    std::optional<ProxyResult> done;
    request.fields = fields;
    asio::co_spawn(context, forward(http, caller, request, target, own),
                   [&](const std::exception_ptr&, ProxyResult what) { done = what; });
    until([&] { return asked; });
    caller.close_by_client();
    until([&] { return done.has_value() && closed; });
    EXPECT_TRUE(done->client_gone);
  }
}

TEST_F(ReverseProxyStreams, SilentStreamsGetCommentsBetweenEvents) {
  request.sse_route = true;
  request.heartbeat = 5ms;
  std::size_t beats_in_the_middle = 0;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    asio::steady_timer pause(context);
    co_await peer.read_head();
    co_await peer.write(std::string(kEvents) + "\r\ndata: 1\n\nda");
    pause.expires_after(100ms);
    co_await pause.async_wait(asio::use_awaitable);
    beats_in_the_middle = client.comments_asked;
    co_await peer.write("ta: 2\r\n\r\n");
    co_await peer.closed();
  });
  start(upstream.target());
  until([&] { return client.received.ends_with("data: 2\r\n\r\n:\n\n:\n\n"); });
  EXPECT_EQ(beats_in_the_middle, 0U);
  EXPECT_TRUE(client.received.starts_with("data: 1\n\ndata: 2\r\n\r\n")) << client.received;
  client.close_by_client();
  finish();
}

TEST_F(ReverseProxyStreams, CompressedStreamsAndAnswersGetNoComments) {
  for (const bool sse : {true, false}) {
    request.sse_route = sse;
    request.may_stream = !sse;
    request.heartbeat = 5ms;
    FakeClient reader(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(std::string(kEvents) + (sse ? "Content-Encoding: gzip\r\n" : "") +
                          "\r\n");
      asio::steady_timer pause(context, 60ms);
      co_await pause.async_wait(asio::use_awaitable);
      co_await peer.write("bytes");
      peer.close();
    });
    EXPECT_EQ(forward_to(upstream.target(), reader).code, Code::kAllowed);
    EXPECT_EQ(reader.received, "bytes");
  }
}

}  // namespace
}  // namespace portcullis::bff
