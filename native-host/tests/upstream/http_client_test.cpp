#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "http_client_fixture.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::count;
using testing::Peer;
using testing::ScriptedUpstream;

class HttpClientTest : public testing::HttpClientFixture {};

TEST_F(HttpClientTest, SendsTheRequest) {
  std::string head;
  std::string body;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    head = co_await peer.read_head();
    body = co_await peer.read(5);
    co_await peer.write("HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok");
  });
  auto target = upstream.target();
  target.base_path = "/base";
  auto request = post("hello");
  request.target = "/x?y=1";
  request.headers = {{"Content-Type", "text/plain"}};
  const auto outcome = get(target, request);
  EXPECT_EQ(head,
            "POST /base/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(upstream.port()) +
                "\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(body, "hello");
  ASSERT_EQ(body_of(outcome), "ok");
  EXPECT_EQ(std::get<IncomingResponse>(outcome).status, 201U);
  EXPECT_EQ(std::get<IncomingResponse>(outcome).fields["X-A"], "b");
}

TEST_F(HttpClientTest, ReadsEveryFramingInAnyPieces) {
  for (const std::string& bytes :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\n\r\nhello"), std::string("HTTP/1.0 200 OK\r\n\r\nhello"),
        std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")}) {
    for (const std::size_t piece : {1UL, 2UL, 3UL, bytes.size()}) {
      ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
        peer.socket().set_option(Tcp::no_delay(true));
        co_await peer.read_head();
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
          {
            const std::string bytes_sent = bytes.substr(at, piece);
            co_await peer.write(bytes_sent);
          }
          co_await testing::yield_once();
        }
        peer.close();
      });
      EXPECT_EQ(body_of(get(upstream.target())), "hello") << bytes << " in " << piece;
    }
  }
}

TEST_F(HttpClientTest, HasNoBodyWhereHttpHasNone) {
  EXPECT_EQ(body_of(answer("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")), "");
  EXPECT_EQ(body_of(answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")), "");
  OutgoingRequest head;
  head.method = HttpVerb::head;
  const auto outcome = answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", head);
  EXPECT_EQ(body_of(outcome), "");
}

TEST_F(HttpClientTest, RejectsAmbiguousAnswers) {
  for (const std::string& bytes :
       {std::string("garbage\r\n\r\n"), std::string("HTTP/1.1 abc OK\r\n\r\n"),
        std::string("HTTP/2.0 200 OK\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        std::string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
        std::string("HTTP/1.1 600 What\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 099 What\r\nContent-Length: 0\r\n\r\n")}) {
    EXPECT_EQ(code_of(answer(bytes)), Code::kUpstreamInvalid) << bytes;
  }
}

TEST_F(HttpClientTest, RejectsEndlessHeads) {
  for (const bool one_line : {false, true}) {
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write("HTTP/1.1 200 OK\r\nX: ");
      std::string more(1000, 'a');
      for (std::size_t at = 0; !one_line && at + 6 < more.size(); at += 10) {
        more.replace(at, 5, "\r\nX: ");
      }
      co_await peer.flood(more);
    });
    EXPECT_EQ(code_of(get(upstream.target())), Code::kUpstreamInvalid);
  }
}

TEST_F(HttpClientTest, RejectsEndlessInterimAnswersAndChunkHeaders) {
  ScriptedUpstream interim(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.flood("HTTP/1.1 103 Early Hints\r\n\r\n");
  });
  EXPECT_EQ(code_of(get(interim.target())), Code::kUpstreamInvalid);
  ScriptedUpstream chunks(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    co_await peer.flood(std::string(1000, 'x'));
  });
  EXPECT_EQ(code_of(get(chunks.target())), Code::kUpstreamInvalid);
}

TEST_F(HttpClientTest, RejectsTruncatedAnswers) {
  EXPECT_EQ(code_of(answer("")), Code::kUpstreamUnavailable);
  EXPECT_EQ(code_of(answer("HTTP/1.1 200 OK\r\nContent-Le")), Code::kUpstreamUnavailable);
  EXPECT_EQ(code_of(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")),
            Code::kUpstreamUnavailable);
  EXPECT_EQ(code_of(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")),
            Code::kUpstreamUnavailable);
  ScriptedUpstream resets(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\n\r\nhell");
    peer.reset();
  });
  EXPECT_EQ(code_of(get(resets.target())), Code::kUpstreamUnavailable);
}

TEST_F(HttpClientTest, LimitsTheBody) {
  OutgoingRequest small;
  small.max_body = 4;
  EXPECT_EQ(code_of(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", small)),
            Code::kUpstreamInvalid);
  EXPECT_EQ(code_of(answer("HTTP/1.1 200 OK\r\n\r\nhello", small)), Code::kUpstreamInvalid);
  small.max_body = 5;
  EXPECT_EQ(body_of(answer("HTTP/1.1 200 OK\r\n\r\nhello", small)), "hello");
  EXPECT_EQ(code_of(answer("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nx")),
            Code::kUpstreamInvalid);
}

TEST_F(HttpClientTest, ReportsRefusedConnections) {
  const auto target = std::get<UpstreamTarget>(parse_upstream_url(
      "gone", "http://127.0.0.1:" + std::to_string(testing::closed_port(context))));
  const auto outcome = get(target);
  EXPECT_EQ(code_of(outcome), Code::kUpstreamUnavailable);
  EXPECT_NE(body_of(outcome).find("connecting to"), std::string::npos) << body_of(outcome);
}

TEST_F(HttpClientTest, TimesOutWaitingForTheHeadAndForTheBody) {
  for (const std::string& begin : {std::string(), std::string("HTTP/1.1 200 OK\r\n"),
                                   std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")}) {
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(begin);
      co_await peer.closed();
    });
    auto target = upstream.target();
    target.timeout = 20ms;
    EXPECT_EQ(code_of(get(target)), Code::kUpstreamTimeout) << begin;
  }
}

TEST_F(HttpClientTest, TheTotalTimeoutAppliesToTricklingAnswers) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\n\r\n");
    asio::steady_timer timer(peer.socket().get_executor());
    for (bool open = true; open;) {
      timer.expires_after(2ms);
      co_await timer.async_wait(asio::use_awaitable);
      open = co_await peer.write("x");
    }
  });
  OutgoingRequest request;
  request.total_timeout = 40ms;
  EXPECT_EQ(code_of(get(upstream.target(), request)), Code::kUpstreamTimeout);
}

TEST_F(HttpClientTest, ResolvesNames) {
  ScriptedUpstream upstream(context, count);
  const auto target = std::get<UpstreamTarget>(
      parse_upstream_url("named", "http://localhost:" + std::to_string(upstream.port())));
  EXPECT_EQ(body_of(get(target)), "0");
}

/// A port of ::1 whose accept queue is full: the kernel drops new connections.
class SilentPort {
 public:
  SilentPort() {
    fd_ = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    socklen_t size = sizeof address;
    if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(fd_, 0) != 0) {
      return;
    }
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    for (int& waiting : waiting_) {
      waiting = ::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)::connect(waiting, reinterpret_cast<sockaddr*>(&address), size);
    }
    port_ = ntohs(address.sin6_port);
  }
  ~SilentPort() {
    for (const int waiting : waiting_) ::close(waiting);
    ::close(fd_);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  /// 0 if there is no IPv6.
  std::uint16_t port() const { return port_; }

 private:
  int fd_ = -1;
  std::array<int, 4> waiting_{-1, -1, -1, -1};
  std::uint16_t port_ = 0;
};

TEST_F(HttpClientTest, UnresponsiveAddressesLeaveTimeForTheNext) {
  const SilentPort silent;
  Tcp::resolver resolver(context);
  error_code error;
  const auto found = resolver.resolve("localhost", "80", error);
  if (silent.port() == 0 || error || found.size() < 2 ||
      !found.begin()->endpoint().address().is_v6()) {
    GTEST_SKIP() << "localhost is not ::1 before 127.0.0.1 here";
  }
  Tcp::acceptor acceptor(context);
  acceptor.open(Tcp::v4());
  acceptor.bind({asio::ip::make_address("127.0.0.1"), silent.port()}, error);
  if (error) GTEST_SKIP() << "the port is taken on 127.0.0.1";
  acceptor.listen();
  std::optional<Peer> peer;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        peer.emplace(co_await acceptor.async_accept(asio::use_awaitable), 0);
        co_await peer->answer_all("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere");
      },
      asio::detached);
  auto target = std::get<UpstreamTarget>(
      parse_upstream_url("two", "http://localhost:" + std::to_string(silent.port())));
  target.connect_timeout = std::chrono::milliseconds(600);
  EXPECT_EQ(body_of(get(target)), "here");
}

}  // namespace
}  // namespace portcullis::bff
