// Host streams over real sockets: heartbeat, resumption, clients that do not read, and streams
// parked without a coroutine.
#include <functional>

#include "server_fixture.hpp"

namespace portcullis::bff {
namespace {

using testing::RawAnswer;
using testing::RawClient;
using testing::ServerTest;

class ServerStreamsTest : public ServerTest {
 protected:
  void adjust(ServerOptions& options) override {
    options.streams.queue_bytes = 64 * 1024;
    options.streams.ring_events = 4;
    options.streams.heartbeat = std::chrono::milliseconds(50);
  }

  void open(RawClient& client, const std::string& fields = {},
            const std::string& path = "/api/plugins/events") const {
    client.send(message("GET " + path, host(), viewer_.cookie + fields, ""));
  }
  StreamHub& hub() const { return server_->app().state.streams; }
  void log_in_first() { viewer_ = log_in("viewer"); }
  static bool eventually(const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  std::uint64_t publish(const std::string& event, std::size_t size = 1) const {
    return hub().publish("localhost", event, std::string(size, 'x'));
  }
  std::string metric(const std::string& name) const {
    RawClient ops(port_of(server_->metrics_url()));
    ops.send("GET /metrics HTTP/1.1\r\n\r\n");
    const std::string text = ops.answer().body;
    const std::size_t at = text.find("\n" + name);
    return at == text.npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  }
  Login viewer_;
};

/// No stream is dropped: what the kernel does not accept is queued.
class ServerLongQueueTest : public ServerStreamsTest {
 protected:
  static constexpr int kEvents = 600;
  static constexpr std::size_t kBytes =
      16 * 1024;  // per event: more than a socket accepts in total
  void adjust(ServerOptions& options) override {
    options.streams.queue_bytes = 64 * 1024 * 1024;
    options.streams.queue_events = 100'000;
    options.timeouts.write = std::chrono::minutes(10);  // only the tested end can occur
  }
};

/// The id before the next event of this name.
std::string id_before(RawClient& client, const std::string& event) {
  const std::string text = client.until("event: " + event + "\n");
  const std::size_t at = text.rfind("id: ");
  return at == text.npos ? "" : text.substr(at + 4, text.rfind("\nevent") - at - 4);
}

TEST_F(ServerStreamsTest, SilentStreamsGetComments) {
  log_in_first();
  RawClient client(port_);
  open(client);
  EXPECT_NE(client.until("event: hello\n"), "");
  EXPECT_NE(client.until("3\r\n:\n\n\r\n"), "");
  publish("news");
  EXPECT_NE(client.until("event: news\ndata: x\n\n\r\n"), "");
  EXPECT_NE(client.until("3\r\n:\n\n\r\n"), "");
}

TEST_F(ServerStreamsTest, AnHttp10ClientGetsEventsWithoutChunks) {
  log_in_first();
  RawClient client(port_);
  client.send("GET /api/plugins/events HTTP/1.0\r\nHost: " + host() + "\r\n" + viewer_.cookie +
              "\r\n");
  EXPECT_NE(client.until("event: hello\n"), "");
  EXPECT_NE(client.until("\n\n:\n\n"), "");
  publish("news");
  EXPECT_NE(client.until("\nevent: news\ndata: x\n\n"), "");
  hub().close_if([](const StreamInfo&) { return Code::kOverloaded; });
  EXPECT_EQ(client.until("0\r\n\r\n"), "") << "the stream ends with the connection";
}

TEST_F(ServerStreamsTest, ResumesAfterTheLastEventIdOrSendsTheWholeState) {
  log_in_first();
  RawClient first(port_);
  open(first);
  EXPECT_NE(first.until("event: theme\n"), "") << "a new stream starts with the whole state";
  publish("one");
  const std::string seen = id_before(first, "one");
  first.close();
  publish("two");
  publish("three");

  RawClient again(port_);
  open(again, "Last-Event-ID: " + seen + "\r\n");
  const std::string missed = again.until("event: three\n");
  EXPECT_NE(missed.find("event: two\n"), missed.npos);
  EXPECT_EQ(missed.find("event: one\n"), missed.npos) << "that it had";
  EXPECT_EQ(missed.find("event: theme\n"), missed.npos) << "nothing is missing";
  again.close();

  for (int i = 0; i < 4; ++i) publish("more");
  RawClient late(port_);
  open(late, "Last-Event-ID: " + seen + "\r\n");
  const std::string state = late.until("event: theme\n");
  EXPECT_EQ(state.find("event: two\n"), state.npos);
  EXPECT_EQ(state.find("event: more\n"), state.npos) << "no partial backlog";
}

TEST_F(ServerStreamsTest, ClientsThatNeverReadAreDroppedAndCounted) {
  log_in_first();
  RawClient reads(port_);
  open(reads);
  EXPECT_NE(reads.until("event: hello\n"), "");
  RawClient never(port_, 10, 4096);
  open(never);
  EXPECT_TRUE(eventually([&] { return hub().open_count(StreamKind::kHostEvents) == 2; }));

  // In step with the stream that reads.
  while (hub().stats().slow_dropped == 0) {
    publish("big", 16 * 1024);
    ASSERT_NE(reads.until("event: big\n"), "");
  }
  EXPECT_TRUE(eventually([&] { return hub().open_count(StreamKind::kHostEvents) == 1; }));
  publish("last");
  EXPECT_NE(reads.until("event: last\n"), "");
  EXPECT_EQ(hub().stats().slow_dropped, 1U);
  // Published once a second.
  EXPECT_TRUE(eventually([&] {
    return metric("portcullis_slow_streams_dropped_total") ==
           "portcullis_slow_streams_dropped_total 1";
  }));
  // A truncated stream must not look complete.
  while (never.receive()) {
  }
  EXPECT_EQ(never.until("0\r\n\r\n"), "");
}

TEST_F(ServerLongQueueTest, LateReadersMissNothing) {
  log_in_first();
  RawClient client(port_, 10, 4096);
  open(client);
  EXPECT_NE(client.until("event: hello\n"), "");
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < kEvents; ++i) ids.push_back(publish("big", kBytes));
  for (const std::uint64_t id : ids) ASSERT_EQ(id_before(client, "big"), std::to_string(id));
  publish("small");
  EXPECT_NE(client.until("event: small\n"), "") << "then it waits again";
}

TEST_F(ServerStreamsTest, ADisconnectReleasesTheStream) {
  log_in_first();
  {
    RawClient client(port_);
    open(client);
    EXPECT_NE(client.until("3\r\n:\n\n\r\n"), "") << "it waits for events";
    EXPECT_EQ(metric("portcullis_streams{").back(), '1');
  }
  EXPECT_TRUE(eventually([&] { return hub().open_count() == 0; }));
  EXPECT_TRUE(eventually([&] { return server_->app().load.connections <= 1; }));
  EXPECT_TRUE(eventually([&] { return metric("portcullis_streams{").back() == '0'; }));
}

TEST_F(ServerStreamsTest, ALogoutEndsTheStreamButNotTheConnection) {
  log_in_first();
  RawClient client(port_);
  open(client);
  EXPECT_NE(client.until("3\r\n:\n\n\r\n"), "");
  EXPECT_EQ(ask("POST /auth/logout", viewer_.cookie + viewer_.proofs).status, 204);
  const std::string end = client.until("0\r\n\r\n");
  EXPECT_NE(end.find("event: session\n"), end.npos);
  client.send(message("GET /", host(), "", ""));
  EXPECT_EQ(client.answer().status, 200);
}

TEST_F(ServerStreamsTest, ShutdownEndsWaitingStreams) {
  log_in_first();
  RawClient client(port_);
  open(client);
  EXPECT_NE(client.until("3\r\n:\n\n\r\n"), "");
  server_->stop();
  EXPECT_NE(client.until("0\r\n\r\n"), "");
}

TEST_F(ServerLongQueueTest, QuarantineDoesNotWaitForSlowReaders) {
  std::string plugins = testing::server_config::kPlugins;
  plugins.replace(plugins.find("[/events/ticks]"), 15, "[/events, /api/configs/stream]");
  folder_.write("plugins.yaml", plugins);
  folder_.write("fixtures.yaml",
                std::string(testing::server_config::kFixtures) +
                    "  torrent:\n    stream: { repeat: true, events: [ { data: \"" +
                    std::string(60'000, 'x') + "\", delay_ms: 1 } ] }\n");
  folder_.write("routes.yaml", std::string(testing::server_config::kRoutes) +
                                   "  - { path: /events/torrent, kind: sse, fixture: torrent }\n");
  const Login boss = log_in("operator");
  ASSERT_EQ(ask("POST /api/plugins/refresh", boss.cookie + boss.proofs).status, 200);
  log_in_first();
  const std::string plugin = "X-Plugin-Id: hello\r\n";
  RawClient flood(port_, 10, 4096);
  open(flood, plugin, "/events/torrent");
  EXPECT_NE(flood.until("xxx"), "");
  RawClient theme(port_, 10, 4096);
  open(theme, plugin, "/api/configs/stream");
  EXPECT_NE(theme.until("event: theme\n"), "");
  for (int i = 0; i < kEvents; ++i) publish("theme", kBytes);
  ASSERT_EQ(ask("POST /api/plugins/quarantine/hello", boss.cookie + boss.proofs).status, 200);
  EXPECT_TRUE(eventually([&] { return hub().open_count() == 0; }));
}

}  // namespace
}  // namespace portcullis::bff
