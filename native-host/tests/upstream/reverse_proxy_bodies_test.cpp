#include "reverse_proxy_fixture.hpp"

namespace portcullis::bff {
namespace {

using testing::kJson;
using testing::Peer;
using testing::ScriptedUpstream;

class ReverseProxyBodies : public testing::ReverseProxyFixture {};

TEST_F(ReverseProxyBodies, SendsSmallBodiesWithTheHead) {
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

TEST_F(ReverseProxyBodies, APostWithoutABodyHasContentLengthZero) {
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

TEST_F(ReverseProxyBodies, StreamsBodiesOfUnknownLengthInChunks) {
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

TEST_F(ReverseProxyBodies, StreamsLargeBodiesBothWays) {
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

TEST_F(ReverseProxyBodies, AppliesBackPressure) {
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
  // The upstream writes until the kernel's buffers are full; then nothing moves.
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

TEST_F(ReverseProxyBodies, IsFullDuplex) {
  // An upstream that answers each piece before the next arrives.
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
  client.stalls_after_body = true;  // the upload never finishes
  start(upstream.target());
  until([&] { return client.received == "hello"; });
  control.cancel(Code::kPluginDisabled);
  EXPECT_EQ(finish().code, Code::kPluginDisabled);
  EXPECT_TRUE(client.aborted);
}

TEST_F(ReverseProxyBodies, AnEarlyAnswerEndsTheUpload) {
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
  EXPECT_EQ(http.idle_count(), 0U) << "the connection carries half a request";
}

TEST_F(ReverseProxyBodies, ReadsTheAnswerOfAnUpstreamThatClosesDuringAnUpload) {
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

}  // namespace
}  // namespace portcullis::bff
