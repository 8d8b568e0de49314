#include "reverse_proxy_fixture.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::FakeClient;
using testing::Peer;
using testing::ScriptedUpstream;

class ReverseProxyFaults : public testing::ReverseProxyFixture {};

TEST_F(ReverseProxyFaults, AClientDisconnectNeverCompletesTheRequest) {
  for (const bool chunked : {false, true}) {
    std::optional<std::string> got;
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      std::string body = co_await peer.read(1'000'000);
      got = std::move(body);
    });
    FakeClient fresh(context);
    request.method = HttpVerb::post;
    fresh.has_body = true;
    fresh.known_length = !chunked;
    fresh.announced_length = 1'000'000;
    fresh.body = {std::string(50'000, 'x')};
    fresh.breaks_after_body = true;
    const ProxyResult done = forward_to(upstream.target(), fresh);
    EXPECT_TRUE(done.client_gone);
    EXPECT_FALSE(done.response_started);
    until([&] { return got.has_value(); });
    EXPECT_LT(got->size(), 1'000'000U);
    EXPECT_EQ(got->find("0\r\n\r\n"), std::string::npos) << "chunked: " << chunked;
  }
}

TEST_F(ReverseProxyFaults, ATruncatedAnswerNeverLooksComplete) {
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
  // Even if the end of the connection ends the body, a reset does not.
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

TEST_F(ReverseProxyFaults, TimesOutBeforeAndWithinAnAnswer) {
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

TEST_F(ReverseProxyFaults, TimesOutIfTheUpstreamDoesNotReadTheUpload) {
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

TEST_F(ReverseProxyFaults, ASlowClientDoesNotMakeTheUpstreamTimeOut) {
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
  EXPECT_FALSE(result) << "the client's timeout belongs to the connection";
  client.close_by_client();
  EXPECT_TRUE(finish().client_gone);
}

TEST_F(ReverseProxyFaults, AClientDisconnectReleasesTheUpstream) {
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

}  // namespace
}  // namespace portcullis::bff
