// A cancelled read of the client's side ends, even if bytes arrive at the same time.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "http/connection.hpp"

namespace portcullis::bff {
namespace {

enum class What { kWaitClosed, kReadMore };

/// Waits until told to continue; its read is cancelled as soon as it is pending.
class Reads final : public Service {
 public:
  Reads(asio::io_context& context, What what, bool cancels = true)
      : what_(what), cancels_(cancels), go(context, asio::steady_timer::time_point::max()) {}
  bool serve_now(Exchange&) override { return false; }
  asio::awaitable<void> serve(Exchange& exchange) override {
    ClientSide& client = exchange.client_side();
    waiting = true;
    error_code ignored;
    co_await go.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (what_ == What::kReadMore) (void)co_await client.read_more(body, 1024, error);
    if (cancels_) asio::post(exchange.executor(), [&client] { client.cancel_read(); });
    if (what_ == What::kReadMore) {
      (void)co_await client.read_more(body, 1024, error);
    } else {
      co_await client.wait_closed();
    }
    ended = true;
    exchange.respond(Response(200).close());
  }
  void refuse(Exchange& exchange, Code, std::string_view) override {
    exchange.respond(Response(400));
  }
  void done(Exchange&, unsigned, std::uint64_t, bool) override {}

 private:
  What what_;
  bool cancels_;

 public:
  asio::steady_timer go;
  std::string body;
  error_code error;
  bool waiting = false;
  bool ended = false;
};

class ConnectionReads : public ::testing::TestWithParam<What> {
 protected:
  ConnectionReads() {
    load_.connections = 1;
    Tcp::acceptor acceptor(worker_.context, {asio::ip::make_address("127.0.0.1"), 0});
    peer_.connect(acceptor.local_endpoint());
    const auto connection =
        std::make_shared<Connection>(worker_, service_, acceptor.accept(worker_.context));
    asio::co_spawn(worker_.context, Connection::run(connection), asio::detached);
  }
  void say(std::string_view text) { asio::write(peer_, asio::buffer(text)); }

  ServerLoad load_;
  Worker worker_{load_, {}};
  Tcp::socket peer_{worker_.context};
  Reads service_{worker_.context, GetParam()};
};

TEST_P(ConnectionReads, EndsIfCancelledAfterItsWaitCompleted) {
  say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  while (!service_.waiting) worker_.context.poll();
  // The reactor has seen an unexpected byte: the next wait completes at once, and its coroutine
  // runs after the handlers already queued. By then there is nothing left to cancel.
  say("x");
  worker_.context.poll();
  ASSERT_FALSE(service_.ended);
  service_.go.cancel();
  worker_.context.poll();
  EXPECT_TRUE(service_.ended);
  if (GetParam() == What::kReadMore) {
    EXPECT_EQ(service_.body, "x");
    EXPECT_EQ(service_.error, asio::error::operation_aborted);
  }
}

/// What a waiting client sent ahead, and how its disconnect is detected.
struct Ahead {
  std::size_t bytes;
  bool urgent;
};

class ConnectionWatch : public ::testing::TestWithParam<Ahead> {};

TEST_P(ConnectionWatch, DetectsTheEndAfterUnreadBytes) {
  ServerLoad load;
  load.connections = 1;
  Timeouts timeouts;
  timeouts.peer_look = std::chrono::milliseconds(2);
  Worker worker{load, timeouts};
  Tcp::socket peer{worker.context};
  Reads service{worker.context, What::kWaitClosed, false};
  Tcp::acceptor acceptor(worker.context, {asio::ip::make_address("127.0.0.1"), 0});
  peer.connect(acceptor.local_endpoint());
  asio::co_spawn(worker.context,
                 Connection::run(std::make_shared<Connection>(worker, service,
                                                              acceptor.accept(worker.context))),
                 asio::detached);
  asio::write(peer, asio::buffer(std::string_view("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
  while (!service.waiting) worker.context.poll();
  service.go.cancel();
  asio::write(peer, asio::buffer(std::string(GetParam().bytes, 'x')));
  if (GetParam().urgent) peer.send(asio::buffer("!", 1), asio::socket_base::message_out_of_band);
  // Unread bytes and TCP urgent data do not wake it repeatedly.
  EXPECT_LT(worker.context.run_for(std::chrono::milliseconds(40)), 100U);
  EXPECT_FALSE(service.ended);
  peer.close();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!service.ended && std::chrono::steady_clock::now() < until) {
    worker.context.run_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(service.ended);
}

INSTANTIATE_TEST_SUITE_P(Some, ConnectionWatch,
                         ::testing::Values(Ahead{0, false}, Ahead{0, true}, Ahead{100, false},
                                           Ahead{100, true}, Ahead{100'000, false},
                                           Ahead{100'000, true}));

INSTANTIATE_TEST_SUITE_P(Both, ConnectionReads,
                         ::testing::Values(What::kWaitClosed, What::kReadMore));

}  // namespace
}  // namespace portcullis::bff
