#include "http_client_fixture.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::count;
using testing::Peer;
using testing::run;
using testing::ScriptedUpstream;

class HttpClientPool : public testing::HttpClientFixture {};

TEST_F(HttpClientPool, ReusesConnections) {
  ScriptedUpstream upstream(context, count);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(body_of(get(upstream.target())), "0");
  EXPECT_EQ(upstream.connections(), 1U);
  EXPECT_EQ(client.idle_count(), 1U);
  EXPECT_NE(metrics.text().find(
                "portcullis_upstream_connections_total{kind=\"reused\",upstream=\"test\"} 4"),
            std::string::npos);
}

TEST_F(HttpClientPool, DoesNotReuseUnfitConnections) {
  for (const std::string& bytes :
       {std::string("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
        std::string("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n")}) {
    ScriptedUpstream upstream(
        context, [&](Peer& peer) -> asio::awaitable<void> { co_await peer.answer_all(bytes); });
    EXPECT_EQ(body_of(get(upstream.target())), "ok");
    EXPECT_EQ(body_of(get(upstream.target())), "ok") << bytes;
    EXPECT_EQ(upstream.connections(), 2U) << bytes;
  }
}

TEST_F(HttpClientPool, UnrequestedAnswersAreNeverUsed) {
  // The second answer arrives after the connection went back to the pool.
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    co_await testing::yield_once();
    co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
    co_await peer.closed();
  });
  EXPECT_EQ(body_of(get(upstream.target())), "ok");
  testing::drain(context);
  EXPECT_EQ(body_of(get(upstream.target())), "ok");
  EXPECT_EQ(upstream.connections(), 2U);
}

TEST_F(HttpClientPool, DropsConnectionsClosedByTheUpstream) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    {
      const std::string bytes_sent =
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(peer.number());
      co_await peer.write(bytes_sent);
    }
    peer.close();
  });
  EXPECT_EQ(body_of(get(upstream.target())), "0");
  testing::drain(context);
  EXPECT_EQ(body_of(get(upstream.target(), post("x"))), "1");
}

/// Answers the first request of the first connection, then closes on the second.
asio::awaitable<void> breaks_when_reused(Peer& peer) {
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
}

TEST_F(HttpClientPool, RepeatsIdempotentRequestsOnStaleConnections) {
  ScriptedUpstream upstream(context, breaks_when_reused);
  EXPECT_EQ(body_of(get(upstream.target())), "0");
  EXPECT_EQ(body_of(get(upstream.target())), "1");
  EXPECT_EQ(upstream.connections(), 2U);
  EXPECT_NE(metrics.text().find("portcullis_upstream_retries_total{upstream=\"test\"} 1"),
            std::string::npos);
}

TEST_F(HttpClientPool, RepeatsOtherRequestsOnlyIfMarkedRepeatable) {
  {
    ScriptedUpstream upstream(context, breaks_when_reused);
    EXPECT_EQ(body_of(get(upstream.target())), "0");
    EXPECT_EQ(code_of(get(upstream.target(), post("x"))), Code::kUpstreamUnavailable);
    EXPECT_EQ(upstream.connections(), 1U);
  }
  ScriptedUpstream upstream(context, breaks_when_reused);
  EXPECT_EQ(body_of(get(upstream.target())), "0");
  auto repeatable = post("x");
  repeatable.repeatable = true;
  EXPECT_EQ(body_of(get(upstream.target(), repeatable)), "1");
}

TEST_F(HttpClientPool, DoesNotRepeatAfterBytesOfAnAnswer) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n0");
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 2");
    peer.close();
  });
  EXPECT_EQ(body_of(get(upstream.target())), "0");
  EXPECT_EQ(code_of(get(upstream.target())), Code::kUpstreamUnavailable);
  EXPECT_EQ(upstream.connections(), 1U);
}

TEST_F(HttpClientPool, DoesNotRepeatOnNewConnections) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    peer.reset();
  });
  EXPECT_EQ(code_of(get(upstream.target())), Code::kUpstreamUnavailable);
  EXPECT_EQ(upstream.connections(), 1U);
}

TEST_F(HttpClientPool, BoundsConnectionsPerUpstream) {
  HttpClientOptions options;
  options.max_connections_per_upstream = 2;
  HttpClient bounded(context, nullptr, options);
  ScriptedUpstream upstream(context, count);
  const auto target = upstream.target();
  run(context, [&]() -> asio::awaitable<void> {
    auto a = co_await bounded.acquire(target, HttpClient::Reuse::kAny);
    {
      auto b = co_await bounded.acquire(target, HttpClient::Reuse::kAny);
      auto c = co_await bounded.acquire(target, HttpClient::Reuse::kAny);
      EXPECT_TRUE(std::holds_alternative<HttpClient::Lease>(a));
      EXPECT_TRUE(std::holds_alternative<HttpClient::Lease>(b));
      EXPECT_EQ(std::get<UpstreamFailure>(c).code, Code::kOverloaded);
    }
    auto d = co_await bounded.acquire(target, HttpClient::Reuse::kAny);
    EXPECT_TRUE(std::holds_alternative<HttpClient::Lease>(d)) << "releasing a lease frees a slot";
  }());
}

TEST_F(HttpClientPool, ClosesIdleConnections) {
  HttpClientOptions options;
  options.idle_timeout = 20ms;
  HttpClient forgetful(context, nullptr, options);
  ScriptedUpstream upstream(context, count);
  (void)run(context, forgetful.request(upstream.target(), {}));
  EXPECT_EQ(forgetful.idle_count(), 1U);
  testing::run_until(context, [&] { return forgetful.idle_count() == 0; });
}

TEST_F(HttpClientPool, MayBeDestroyedDuringRequests) {
  asio::io_context dying;
  ScriptedUpstream upstream(dying,
                            [](Peer& peer) -> asio::awaitable<void> { co_await peer.closed(); });
  auto own = std::make_unique<HttpClient>(dying);
  const auto target = upstream.target();
  asio::co_spawn(
      dying,
      [&]() -> asio::awaitable<void> {
        OutgoingRequest nothing;
        (void)co_await own->request(target, std::move(nothing));
      },
      asio::detached);
  testing::run_until(dying, [&] { return upstream.connections() == 1; });
  own.reset();  // then the context, which destroys the waiting coroutine and its lease
}

}  // namespace
}  // namespace portcullis::bff
