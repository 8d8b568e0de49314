#include "net/reverse_proxy.hpp"

#include <gtest/gtest.h>

#include "fake_client.hpp"
#include "metrics/metrics.hpp"
#include "run_io.hpp"
#include "scripted_upstream.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::FakeClient;
using testing::Peer;
using testing::ScriptedUpstream;

class ReverseProxy : public ::testing::Test {
 protected:
  ProxyResult forward_to(const UpstreamTarget& target, FakeClient& to) {
    request.fields = fields;
    ProxyControl own;
    return testing::run(context, forward(http, to, request, target, own));
  }
  ProxyResult forward_to(const UpstreamTarget& target) { return forward_to(target, client); }

  /// An upstream that answers with these bytes, in one write, and closes.
  ProxyResult answered(const std::string& bytes) {
    ScriptedUpstream upstream(context, [bytes](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(bytes);
      peer.close();
    });
    return forward_to(upstream.target());
  }

  /// Starts a forward in the background.
  void start(UpstreamTarget target) {
    request.fields = fields;
    target_ = std::move(target);  // forward() keeps a reference to it
    asio::co_spawn(context, forward(http, client, request, target_, control),
                   [this](const std::exception_ptr&, ProxyResult what) { result = what; });
  }
  void until(const std::function<bool()>& done) { testing::run_until(context, done); }
  ProxyResult finish() {
    until([&] { return result.has_value(); });
    return *result;
  }

  UpstreamTarget target_;
  asio::io_context context;
  Metrics metrics{"1.0.0"};
  HttpClient http{context, &metrics};
  FakeClient client{context};
  std::vector<HeaderField> fields;
  ProxyRequest request = [] {
    ProxyRequest what;
    what.target = "/api/x";
    what.who.request_id = "r-1";
    return what;
  }();
  ProxyControl control;
  std::optional<ProxyResult> result;
};

constexpr const char* kJson = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
constexpr const char* kEvents = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

TEST_F(ReverseProxy, ForwardsTheTargetItWasGivenAndTheAnswer) {
  std::string head;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    head = co_await peer.read_head();
    {
      const std::string bytes_sent =
          std::string(kJson) + "Set-Cookie: a=b\r\nX-Total: 3\r\nContent-Length: 2\r\n\r\n{}";
      co_await peer.write(bytes_sent);
    }
  });
  fields = {{"Cookie", "secret"}, {"Accept", "application/json"}, {"X-Original-URL", "/admin"}};
  request.target = "/api/x/%C3%A4?q=1";
  request.who.tenant = "localhost";
  auto target = upstream.target();
  target.base_path = "/v1";
  const ProxyResult done = forward_to(target);
  EXPECT_EQ(done.code, Code::kAllowed) << done.detail;
  EXPECT_EQ(done.status, 200U);
  EXPECT_EQ(done.bytes_down, 2U);
  EXPECT_EQ(head, "GET /v1/api/x/%C3%A4?q=1 HTTP/1.1\r\nHost: 127.0.0.1:" +
                      std::to_string(upstream.port()) +
                      "\r\naccept: application/json\r\nX-Request-ID: r-1\r\n"
                      "X-Portcullis-Tenant: localhost\r\nVia: 1.1 portcullis\r\n\r\n");
  EXPECT_EQ(client.received, "{}");
  EXPECT_TRUE(client.finished);
  EXPECT_FALSE(client.aborted);
  EXPECT_EQ(client.head->status, 200U);
  EXPECT_EQ(client.head->content_length, 2U);
  EXPECT_EQ(client.head->fields["X-Total"], "3");
  EXPECT_EQ(client.head->fields.count("Set-Cookie"), 0U);
  EXPECT_EQ(client.head->fields.count("Content-Length"), 0U);
}

TEST_F(ReverseProxy, CarriesEveryStatusAndFraming) {
  const struct {
    std::string bytes;
    unsigned status;
    std::string body;
    std::optional<std::uint64_t> length;
  } rows[] = {
      {"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno", 500, "no", 2},
      {"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", 404,
       "no", std::nullopt},
      {"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end", std::nullopt},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", 0},
      {"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 206 Partial\r\n"
       "Content-Length: 1\r\n\r\nx",
       206, "x", 1},
  };
  for (const auto& row : rows) {
    FakeClient fresh(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(row.bytes);
      peer.close();
    });
    const ProxyResult done = forward_to(upstream.target(), fresh);
    EXPECT_EQ(done.code, Code::kAllowed) << row.bytes << done.detail;
    EXPECT_EQ(fresh.head->status, row.status);
    EXPECT_EQ(fresh.head->content_length, row.length);
    EXPECT_TRUE(fresh.head->has_body);
    EXPECT_EQ(fresh.received, row.body);
    EXPECT_TRUE(fresh.finished);
  }
}

TEST_F(ReverseProxy, HasNoBodyForHeadNoContentAndNotModified) {
  for (const char* status : {"200 OK", "204 No Content", "304 Not Modified"}) {
    FakeClient fresh(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      while (!(co_await peer.read_head()).empty()) {
        {
          const std::string bytes_sent =
              std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 5\r\n\r\n";
          co_await peer.write(bytes_sent);
        }
      }
    });
    request.method = std::string_view(status) == "200 OK" ? HttpVerb::head : HttpVerb::get;
    const ProxyResult done = forward_to(upstream.target(), fresh);
    EXPECT_EQ(done.code, Code::kAllowed) << status << done.detail;
    EXPECT_FALSE(fresh.head->has_body) << status;
    EXPECT_EQ(fresh.received, "");
    EXPECT_TRUE(fresh.finished);
    EXPECT_EQ(http.idle_count(), 1U) << status << ": the connection is reused";
    http.clear_idle();
  }
}

TEST_F(ReverseProxy, SendsSmallBodiesAlongWithTheHead) {
  std::string head;
  std::string body;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    head = co_await peer.read_head();
    body = co_await peer.read(11);
    {
      const std::string bytes_sent = std::string(kJson) + "Content-Length: 0\r\n\r\n";
      co_await peer.write(bytes_sent);
    }
  });
  request.method = HttpVerb::post;
  client.has_body = true;
  client.body = {"hello ", "w", "orld"};
  const ProxyResult done = forward_to(upstream.target());
  EXPECT_EQ(done.code, Code::kAllowed) << done.detail;
  EXPECT_EQ(body, "hello world");
  EXPECT_EQ(done.bytes_up, 11U);
  EXPECT_NE(head.find("\r\nContent-Length: 11\r\n"), std::string::npos) << head;
}

TEST_F(ReverseProxy, APostWithoutABodySaysSo) {
  std::string head;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    head = co_await peer.read_head();
    {
      const std::string bytes_sent = std::string(kJson) + "Content-Length: 0\r\n\r\n";
      co_await peer.write(bytes_sent);
    }
  });
  request.method = HttpVerb::post;
  EXPECT_EQ(forward_to(upstream.target()).code, Code::kAllowed);
  EXPECT_NE(head.find("\r\nContent-Length: 0\r\n"), std::string::npos);
}

TEST_F(ReverseProxy, StreamsBodiesOfUnknownLengthInChunks) {
  std::string body;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    body = co_await peer.read_until("\r\n0\r\n\r\n");
    {
      const std::string bytes_sent = std::string(kJson) + "Content-Length: 0\r\n\r\n";
      co_await peer.write(bytes_sent);
    }
  });
  request.method = HttpVerb::post;
  client.has_body = true;
  client.known_length = false;
  client.body = {"hello", std::string(300, 'x')};
  const ProxyResult done = forward_to(upstream.target());
  EXPECT_EQ(done.code, Code::kAllowed) << done.detail;
  EXPECT_EQ(body, "5\r\nhello\r\n12c\r\n" + std::string(300, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(done.bytes_up, 305U);
  EXPECT_EQ(http.idle_count(), 1U);
}

TEST_F(ReverseProxy, StreamsLargeBodiesBothWays) {
  constexpr std::uint64_t kPieces = 200;
  const std::string piece(40'000, 'u');
  std::uint64_t uploaded = 0;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    while (uploaded < kPieces * piece.size()) {
      const std::string got = co_await peer.read(50'000);
      if (got.empty()) break;
      uploaded += got.size();
    }
    {
      const std::string bytes_sent =
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kPieces * piece.size()) +
          "\r\n\r\n";
      co_await peer.write(bytes_sent);
    }
    for (std::uint64_t i = 0; i < kPieces; ++i) co_await peer.write(piece);
  });
  request.method = HttpVerb::put;
  client.has_body = true;
  client.body = {piece};
  client.repeat_piece = kPieces - 1;
  client.keep_received = false;
  const ProxyResult done = forward_to(upstream.target());
  EXPECT_EQ(done.code, Code::kAllowed) << done.detail;
  EXPECT_EQ(uploaded, kPieces * piece.size());
  EXPECT_EQ(done.bytes_up, uploaded);
  EXPECT_EQ(client.received_bytes, kPieces * piece.size());
  EXPECT_LE(client.largest_write, kPieceBytes);
  EXPECT_TRUE(client.finished);
}

TEST_F(ReverseProxy, ReadsNoMoreThanAClientTakes) {
  std::uint64_t sent = 0;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\n\r\n");
    co_await peer.flood(std::string(65536, 'x'), &sent);
  });
  client.keep_received = false;
  start(upstream.target());
  until([&] { return client.received_bytes > 1'000'000; });
  client.hold_writes = true;
  // The upstream goes on until the kernel's buffers are full; then nothing moves any more.
  std::uint64_t before = 0;
  do {
    before = sent;
    for (int i = 0; i < 200; ++i) context.poll_one();
  } while (sent != before);
  EXPECT_LT(sent - client.received_bytes, 64U * 1024 * 1024);
  const std::uint64_t held = client.received_bytes;
  client.let_writes_go();
  until([&] { return client.received_bytes > held + 1'000'000; });
  control.cancel(Code::kPluginQuarantined);
  EXPECT_EQ(finish().code, Code::kPluginQuarantined);
}

TEST_F(ReverseProxy, IsFullDuplex) {
  // An upstream that answers each piece before the next comes.
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    co_await peer.read_until("hello\r\n");
    co_await peer.write("5\r\nhello\r\n");
    co_await peer.closed();
  });
  request.method = HttpVerb::post;
  client.has_body = true;
  client.known_length = false;
  client.body = {"hello"};
  client.stalls_after_body = true;  // the upload is never finished
  start(upstream.target());
  until([&] { return client.received == "hello"; });
  control.cancel(Code::kPluginDisabled);
  EXPECT_EQ(finish().code, Code::kPluginDisabled);
  EXPECT_TRUE(client.aborted);
}

TEST_F(ReverseProxy, AnEarlyAnswerEndsTheUpload) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
    co_await peer.closed();
  });
  request.method = HttpVerb::post;
  client.has_body = true;
  client.known_length = false;
  client.body = {"hello"};
  client.stalls_after_body = true;
  const ProxyResult done = forward_to(upstream.target());
  EXPECT_EQ(done.code, Code::kAllowed) << done.detail;
  EXPECT_EQ(client.head->status, 413U);
  EXPECT_EQ(client.received, "big");
  EXPECT_TRUE(client.finished);
  EXPECT_EQ(http.idle_count(), 0U) << "half a request is still on its way there";
}

TEST_F(ReverseProxy, AnUpstreamThatClosesOnAnUploadMayStillSayWhy) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
    peer.socket().shutdown(Tcp::socket::shutdown_send);
    co_await peer.closed();
  });
  request.method = HttpVerb::post;
  client.has_body = true;
  client.body = {std::string(50'000, 'x')};
  client.repeat_piece = 1000;
  const ProxyResult done = forward_to(upstream.target());
  EXPECT_EQ(done.code, Code::kAllowed) << done.detail;
  EXPECT_EQ(client.head->status, 403U);
  EXPECT_EQ(client.received, "no");
}

TEST_F(ReverseProxy, AClientThatBreaksOffLeavesNoWholeRequestBehind) {
  for (const bool chunked : {false, true}) {
    bool complete = false;
    bool closed = false;
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      const std::string body = co_await peer.read(1'000'000);
      complete = body.size() == 1'000'000 || body.find("0\r\n\r\n") != std::string::npos;
      closed = true;
    });
    FakeClient fresh(context);
    request.method = HttpVerb::post;
    fresh.has_body = true;
    fresh.known_length = !chunked;
    fresh.body = {std::string(50'000, 'x'), std::string(950'000, 'x')};
    fresh.body.pop_back();
    fresh.repeat_piece = chunked ? 0 : 19;
    fresh.breaks_after_body = true;
    if (!chunked) {
      // Announced in full, broken off after the first piece.
      fresh.known_length = true;
    }
    struct Short final : ClientSide {
      explicit Short(FakeClient& to) : inner(to) {}
      FakeClient& inner;
      std::uint64_t announced = 1'000'000;
      bool has_request_body() const override { return true; }
      std::optional<std::uint64_t> request_content_length() const override {
        if (!inner.known_length) return std::nullopt;
        return announced;
      }
      asio::awaitable<std::size_t> read_some(asio::mutable_buffer into, error_code& e) override {
        inner.repeat_piece = 0;
        co_return co_await inner.read_some(into, e);
      }
      void cancel_read() override { inner.cancel_read(); }
      asio::awaitable<error_code> begin_response(ResponseHead h) override {
        co_return co_await inner.begin_response(std::move(h));
      }
      asio::awaitable<error_code> write_some(asio::const_buffer b) override {
        co_return co_await inner.write_some(b);
      }
      asio::awaitable<error_code> finish() override { co_return co_await inner.finish(); }
      void abort() override { inner.abort(); }
      std::string remote_ip() const override { return inner.remote_ip(); }
      bool is_closed() const override { return inner.is_closed(); }
      asio::awaitable<void> wait_closed() override { co_await inner.wait_closed(); }
    } breaking(fresh);
    ProxyControl own;
    request.fields = fields;
    const ProxyResult done =
        testing::run(context, forward(http, breaking, request, upstream.target(), own));
    EXPECT_TRUE(done.client_gone);
    EXPECT_FALSE(done.response_started);
    until([&] { return closed; });
    EXPECT_FALSE(complete) << "chunked: " << chunked;
  }
}

TEST_F(ReverseProxy, ATruncatedAnswerNeverLooksComplete) {
  for (const std::string& bytes :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n")}) {
    FakeClient fresh(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(bytes);
      peer.close();
    });
    const ProxyResult done = forward_to(upstream.target(), fresh);
    EXPECT_EQ(done.code, Code::kUpstreamUnavailable);
    EXPECT_TRUE(done.response_started);
    EXPECT_EQ(fresh.received, "hel");
    EXPECT_TRUE(fresh.aborted);
    EXPECT_FALSE(fresh.finished);
  }
  // Even where the end of the connection is the end of the body, a reset is not.
  FakeClient fresh(context);
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\n\r\nhel");
    while (fresh.received != "hel") co_await testing::yield_once();
    peer.reset();
  });
  EXPECT_EQ(forward_to(upstream.target(), fresh).code, Code::kUpstreamUnavailable);
  EXPECT_TRUE(fresh.aborted);
}

TEST_F(ReverseProxy, SaysWhatIsWrongBeforeAnythingIsWritten) {
  const struct {
    std::string bytes;
    Code code;
  } rows[] = {
      {"", Code::kUpstreamUnavailable},
      {"HTTP/1.1 200", Code::kUpstreamUnavailable},
      {"garbage\r\n\r\n", Code::kUpstreamInvalid},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", Code::kUpstreamInvalid},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", Code::kUpstreamInvalid},
      {"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n", Code::kUpstreamInvalid},
      {"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n", Code::kUpstreamInvalid},
  };
  for (const auto& row : rows) {
    const ProxyResult done = answered(row.bytes);
    EXPECT_EQ(done.code, row.code) << row.bytes;
    EXPECT_FALSE(done.response_started);
    EXPECT_FALSE(client.head);
    EXPECT_FALSE(client.aborted);
    EXPECT_NE(done.detail, "");
  }
  const auto nobody = std::get<UpstreamTarget>(parse_upstream_url(
      "gone", "http://127.0.0.1:" + std::to_string(testing::closed_port(context))));
  EXPECT_EQ(forward_to(nobody).code, Code::kUpstreamUnavailable);
  EXPECT_NE(
      metrics.text().find(
          "portcullis_upstream_requests_total{outcome=\"upstream_invalid\",upstream=\"test\"}"),
      std::string::npos);
}

TEST_F(ReverseProxy, TimesOutBeforeAndWithinAnAnswer) {
  for (const std::string& begin :
       {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")}) {
    FakeClient fresh(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(begin);
      co_await peer.closed();
    });
    auto target = upstream.target();
    target.timeout = 20ms;
    const ProxyResult done = forward_to(target, fresh);
    EXPECT_EQ(done.code, Code::kUpstreamTimeout);
    EXPECT_EQ(done.response_started, !begin.empty());
    EXPECT_EQ(fresh.aborted, !begin.empty());
  }
}

TEST_F(ReverseProxy, TimesOutOnAnUpstreamThatDoesNotReadTheUpload) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    asio::steady_timer never(peer.socket().get_executor(), 1h);
    error_code ignored;
    co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  });
  auto target = upstream.target();
  target.timeout = 50ms;
  request.method = HttpVerb::post;
  client.has_body = true;
  client.body = {std::string(60'000, 'x')};
  client.repeat_piece = 10'000;
  EXPECT_EQ(forward_to(target).code, Code::kUpstreamTimeout);
}

TEST_F(ReverseProxy, ASlowClientDoesNotMakeTheUpstreamTimeOut) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.closed();
  });
  auto target = upstream.target();
  target.timeout = 5ms;
  request.method = HttpVerb::post;
  client.has_body = true;
  client.known_length = false;
  client.body = {"hello"};
  client.stalls_after_body = true;
  start(target);
  asio::steady_timer later(context, 40ms);
  bool waited = false;
  later.async_wait([&](const error_code&) { waited = true; });
  until([&] { return waited; });
  EXPECT_FALSE(result) << "how long a client may take is the connection's business";
  client.close_by_client();
  EXPECT_TRUE(finish().client_gone);
}

TEST_F(ReverseProxy, AnEventStreamNeedsARouteForIt) {
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

TEST_F(ReverseProxy, ARouteForEventsCarriesEventsOrErrorsOnly) {
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

TEST_F(ReverseProxy, EventsArePassedOnAsTheyCome) {
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
  until([&] { return stream == nullptr; });  // a client that leaves frees the upstream
}

TEST_F(ReverseProxy, QuarantineEndsAnEventStreamAtOnceAndCleanly) {
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
  control.cancel(Code::kSessionRequired);  // the first reason stays
  const ProxyResult done = finish();
  EXPECT_EQ(done.code, Code::kPluginQuarantined);
  EXPECT_TRUE(client.finished);
  EXPECT_FALSE(client.aborted);
  until([&] { return freed; });
}

TEST_F(ReverseProxy, QuarantineEndsAStreamThatTheClientDoesNotRead) {
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

TEST_F(ReverseProxy, CanBeClosedAtEveryStage) {
  // Before it starts.
  control.cancel(Code::kPluginDisabled);
  ScriptedUpstream silent(context,
                          [&](Peer& peer) -> asio::awaitable<void> { co_await peer.closed(); });
  start(silent.target());
  EXPECT_EQ(finish().code, Code::kPluginDisabled);
  EXPECT_EQ(silent.connections(), 0U);
  // While a small body is read.
  {
    FakeClient stalls(context);
    stalls.has_body = true;
    stalls.body = {"he"};
    stalls.stalls_after_body = true;
    stalls.repeat_piece = 1;  // announced twice as long
    ProxyRequest post = request;
    post.method = HttpVerb::post;
    ProxyControl own;
    std::optional<ProxyResult> end;
    asio::co_spawn(context, forward(http, stalls, post, silent.target(), own),
                   [&](const std::exception_ptr&, ProxyResult what) { end = what; });
    testing::drain(context);
    stalls.repeat_piece = 0;
    own.cancel(Code::kPluginDisabled);
    until([&] { return end.has_value(); });
    EXPECT_TRUE(end->code == Code::kPluginDisabled);
  }
  // While it waits for the answer.
  {
    FakeClient fresh(context);
    ProxyControl own;
    std::optional<ProxyResult> end;
    asio::co_spawn(context, forward(http, fresh, request, silent.target(), own),
                   [&](const std::exception_ptr&, ProxyResult what) { end = what; });
    until([&] { return silent.connections() > 0; });
    testing::drain(context);
    own.cancel(Code::kPluginDisabled);
    until([&] { return end.has_value(); });
    EXPECT_EQ(end->code, Code::kPluginDisabled);
    EXPECT_FALSE(end->response_started);
    EXPECT_FALSE(fresh.aborted) << "it can be told why";
  }
}

TEST_F(ReverseProxy, ADownloadThatIsClosedFromOutsideIsBrokenOff) {
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

TEST_F(ReverseProxy, AClientThatIsGoneFreesTheUpstream) {
  bool freed = false;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\n\r\nhello");
    co_await peer.closed();
    freed = true;
  });
  client.fail_write_after = 2;
  const ProxyResult done = forward_to(upstream.target());
  EXPECT_TRUE(done.client_gone);
  EXPECT_TRUE(client.aborted);
  until([&] { return freed; });
}

TEST_F(ReverseProxy, RepeatsOnlyWhatMayBeSentTwice) {
  const auto script = [](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    {
      const std::string bytes_sent =
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(peer.number());
      co_await peer.write(bytes_sent);
    }
    if (peer.number() == 0) {
      co_await peer.read_head();
      peer.reset();
    }
  };
  const struct {
    HttpVerb method;
    bool body;
    bool repeated;
  } rows[] = {{HttpVerb::get, false, true},     {HttpVerb::put, true, true},
              {HttpVerb::delete_, false, true}, {HttpVerb::post, true, false},
              {HttpVerb::patch, true, false},   {HttpVerb::post, false, false}};
  for (const auto& row : rows) {
    ScriptedUpstream upstream(context, script);
    request.method = HttpVerb::get;
    FakeClient first(context);
    ASSERT_EQ(forward_to(upstream.target(), first).code, Code::kAllowed);
    FakeClient second(context);
    request.method = row.method;
    second.has_body = row.body;
    second.body = {"x"};
    const ProxyResult done = forward_to(upstream.target(), second);
    EXPECT_EQ(done.code, row.repeated ? Code::kAllowed : Code::kUpstreamUnavailable);
    EXPECT_EQ(second.received, row.repeated ? "1" : "");
    EXPECT_EQ(upstream.connections(), row.repeated ? 2U : 1U);
  }
}

TEST_F(ReverseProxy, RefusesRequestsThatServersReadDifferently) {
  ScriptedUpstream upstream(context,
                            [](Peer& peer) -> asio::awaitable<void> { co_await peer.closed(); });
  client.has_body = true;
  client.body = {"GET /admin HTTP/1.1\r\n\r\n"};
  EXPECT_EQ(forward_to(upstream.target()).code, Code::kBadRequest) << "a GET with a body";
  FakeClient twice(context);
  fields = {{"Content-Type", "a/b"}, {"content-type", "c/d"}};
  EXPECT_EQ(forward_to(upstream.target(), twice).code, Code::kBadRequest);
  EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(ReverseProxy, ServesManyAtOnceOverFewConnections) {
  ScriptedUpstream upstream(context, [](Peer& peer) -> asio::awaitable<void> {
    co_await peer.answer_all("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const auto target = upstream.target();
  int done = 0;
  for (int worker = 0; worker < 5; ++worker) {
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
          for (int i = 0; i < 20; ++i) {
            FakeClient own(context);
            ProxyControl mine;
            const ProxyResult end = co_await forward(http, own, request, target, mine);
            EXPECT_EQ(end.code, Code::kAllowed) << end.detail;
            EXPECT_EQ(own.received, "ok");
            ++done;
          }
        },
        asio::detached);
  }
  until([&] { return done == 100; });
  EXPECT_LE(upstream.connections(), 5U);
}

}  // namespace
}  // namespace portcullis::bff
