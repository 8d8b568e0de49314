// Draining: readiness, then listeners, then connections; no accepted request is lost.
#include <atomic>
#include <vector>

#include "server_fixture.hpp"

namespace portcullis::bff {
namespace {

using testing::RawAnswer;
using testing::RawClient;
using testing::ServerTest;

class Drain : public ServerTest {
 protected:
  int readiness() const {
    RawClient ops(port_of(server_->metrics_url()));
    ops.send("GET /readyz HTTP/1.1\r\n\r\n");
    return ops.answer().status;
  }
  void leave() {
    server_->stop();
    while (!server_->app().load.draining) std::this_thread::yield();
  }
};

class WithGrace : public Drain {
 protected:
  WithGrace() { options_.drain_grace = std::chrono::seconds(1); }
};

TEST_F(WithGrace, ServesNewRequestsWhileNotReady) {
  EXPECT_EQ(readiness(), 200);
  RawClient kept(port_);
  kept.send(message("GET /", host(), "", ""));
  EXPECT_EQ(kept.answer().header("Connection"), "");
  leave();
  EXPECT_EQ(readiness(), 503);
  // An existing and a new connection are both answered and closed.
  kept.send(message("GET /", host(), "", ""));
  RawAnswer answer = kept.answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
  answer = ask("GET /");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
  thread_.join();
  EXPECT_FALSE(RawClient(port_).connected());
  server_.reset();
}

TEST_F(WithGrace, KeepsIdleConnectionsAndStreamsUntilItsEnd) {
  const Login viewer = log_in("viewer");
  RawClient idle(port_);
  idle.send(message("GET /", host(), "", ""));
  EXPECT_EQ(idle.answer().status, 200);
  RawClient stream(port_);
  stream.send(message("GET /api/plugins/events", host(), viewer.cookie, ""));
  EXPECT_NE(stream.until("event: hello\n"), "");
  const auto left = std::chrono::steady_clock::now();
  leave();
  EXPECT_TRUE(idle.ended());
  EXPECT_GE(std::chrono::steady_clock::now() - left, std::chrono::seconds(1));
  EXPECT_NE(stream.until("0\r\n\r\n"), "");
}

TEST_F(Drain, NewConnectionsAreServedOrRefusedButNeverReset) {
  std::atomic<bool> over{false};
  std::atomic<int> served{0};
  std::atomic<int> lost{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!over) {
        RawClient client(port_, 5);
        if (!client.connected()) continue;  // refused: never accepted
        client.send(message("GET /", host(), "", ""));
        (client.answer().status == 200 ? served : lost).fetch_add(1);
      }
    });
  }
  while (served < 200) std::this_thread::yield();
  server_->stop();
  thread_.join();
  over = true;
  for (std::thread& client : clients) client.join();
  server_.reset();
  EXPECT_EQ(lost, 0) << served << " served";
}

}  // namespace
}  // namespace portcullis::bff
