// Slow clients: each holds its connection until its deadline and no longer, whatever it does to
// appear active.
#include "server_fixture.hpp"

namespace portcullis::bff {
namespace {

using testing::RawAnswer;
using testing::RawClient;
using testing::ServerTest;

class SlowClients : public ServerTest {
 protected:
  SlowClients() {
    options_.timeouts.head = std::chrono::milliseconds(200);
    options_.timeouts.idle = std::chrono::milliseconds(200);
    options_.timeouts.body_piece = std::chrono::milliseconds(200);
    options_.timeouts.write = std::chrono::milliseconds(200);
  }
  void SetUp() override {
    // More than the kernel buffers.
    folder_.write_file(folder_.root() / "dist" / "big.bin", std::string(32U << 20U, 'x'));
    ServerTest::SetUp();
    stop();
    std::string fixtures = testing::server_config::kFixtures;
    fixtures.replace(fixtures.find("\"flood\""), 7, '"' + std::string(256U << 10U, 'x') + '"');
    folder_.write("fixtures.yaml", fixtures);
    start();
  }

  /// Sends byte by byte, each after 10 ms without an answer. Returns true if the server closed or
  /// answered before the end.
  static bool trickle(RawClient& client, std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      client.send(bytes.substr(i, 1));
      if (client.readable(10)) return true;
    }
    return false;
  }
  /// Waits until the server has no connection.
  bool nobody_left() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (server_->app().load.connections.load() > 0) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
};

TEST_F(SlowClients, ATricklingHeadTimesOut) {
  RawClient client(port_);
  EXPECT_TRUE(
      trickle(client, "GET / HTTP/1.1\r\nHost: " + host() + "\r\nX-A: " + std::string(1000, 'a')));
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_TRUE(client.ended());
}

TEST_F(SlowClients, ATricklingBodyTimesOut) {
  RawClient client(port_);
  client.send("POST /auth/login HTTP/1.1\r\nHost: " + host() +
              "\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n");
  EXPECT_TRUE(trickle(client, std::string(5000, ' ')));
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_TRUE(client.ended());
}

TEST_F(SlowClients, AStalledChunkedBodyTimesOut) {
  RawClient client(port_);
  client.send("POST /auth/login HTTP/1.1\r\nHost: " + host() +
              "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{");
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_TRUE(client.ended());
}

TEST_F(SlowClients, IdleConnectionsAreClosedSilently) {
  RawClient client(port_);
  EXPECT_TRUE(client.ended());
  RawClient kept(port_);
  kept.send(message("GET /", host(), "", ""));
  EXPECT_EQ(kept.answer().status, 200);
  EXPECT_TRUE(kept.ended()) << "also after an answer";
}

TEST_F(SlowClients, UnreadLargeAnswersTimeOut) {
  RawClient client(port_);
  client.send(message("GET /big.bin", host(), "", ""));
  EXPECT_TRUE(client.readable(5000));
  EXPECT_TRUE(nobody_left());
}

TEST_F(SlowClients, UnreadPipelinedAnswersTimeOut) {
  RawClient client(port_);
  std::string all;
  for (int i = 0; i < 50; ++i) all += message("GET /big.bin", host(), "", "");
  client.send(all);
  EXPECT_TRUE(nobody_left());
}

TEST_F(SlowClients, UnreadPluginStreamsTimeOut) {
  const Login login = log_in("viewer");
  RawClient client(port_);
  client.send(
      message("GET /events/ticks/flood", host(), login.cookie + "X-Plugin-Id: hello\r\n", ""));
  EXPECT_TRUE(client.readable(5000));
  EXPECT_TRUE(nobody_left());
  EXPECT_EQ(server_->app().state.streams.open_count(), 0U);
}

TEST_F(SlowClients, UnreadHostEventsAreDroppedAndCounted) {
  const Login login = log_in("viewer");
  RawClient client(port_);
  client.send(message("GET /api/plugins/events", host(), login.cookie, ""));
  EXPECT_NE(client.until("event: hello\n"), "");
  StreamHub& streams = server_->app().state.streams;
  const std::string data(64U << 10U, 'x');
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (streams.open_count() > 0 && std::chrono::steady_clock::now() < until) {
    streams.publish("localhost", "theme", data);
    std::this_thread::yield();
  }
  EXPECT_EQ(streams.open_count(), 0U);
  EXPECT_TRUE(nobody_left());
}

TEST_F(SlowClients, ReloadedTimeoutsApplyToTheNextRequest) {
  RawClient before(port_);
  before.send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(before.answer().status, 408);
  folder_.write("settings.yaml", std::string(testing::server_config::kSettings) +
                                     "timeouts: { head_ms: 3600000, idle_ms: 3600000 }\n");
  const Login boss = log_in("operator");
  EXPECT_EQ(ask("POST /api/plugins/refresh", boss.cookie + boss.proofs).status, 200);
  RawClient after(port_);
  after.send("GET / HTTP/1.1\r\n");
  EXPECT_FALSE(after.readable(600)) << "three times the old timeout";
}

}  // namespace
}  // namespace portcullis::bff
