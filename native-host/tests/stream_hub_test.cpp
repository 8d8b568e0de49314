#include "state/stream_hub.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>

#include "run_io.hpp"

namespace portcullis::bff {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::drain;
using testing::run;

std::string text_of(const HostStream::Batch& batch) {
  std::string all;
  for (const auto& event : batch.events) all += event->text();
  return all;
}

class StreamHubTest : public ::testing::Test {
 protected:
  std::unique_ptr<HostStream> subscribe(const std::string& tenant = "localhost",
                                        std::uint64_t session = 1,
                                        std::optional<std::uint64_t> last = std::nullopt) {
    return hub.subscribe({.tenant = tenant, .session = session}, context.get_executor(), last,
                         [this](Code why) { ends.push_back(why); });
  }
  StreamHub hub{{4, 10'000, 8, 10'000}, 1};
  asio::io_context context;
  std::vector<Code> ends;
};

TEST_F(StreamHubTest, AnEventIsFramedAsTheStandardSays) {
  const WireEvent event(7, "evict", R"({"plugin_id":"hello"})");
  EXPECT_EQ(event.text(), "id: 7\nevent: evict\ndata: {\"plugin_id\":\"hello\"}\n\n");
  EXPECT_EQ(event.chunk(), "30\r\n" + std::string(event.text()) + "\r\n");
  EXPECT_EQ(event.text().size(), 0x30U);
  EXPECT_EQ(WireEvent(1, "e", "a\nb\r\nc\rd\n\ne").text(),
            "id: 1\nevent: e\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: e\n\n");
  EXPECT_EQ(WireEvent(1, "e", "").text(), "id: 1\nevent: e\ndata: \n\n");
  EXPECT_EQ(WireEvent(1, "e", "a\n").text(), "id: 1\nevent: e\ndata: a\ndata: \n\n");
}

TEST_F(StreamHubTest, EventsReachTheSubscribersOfTheirTenantInOrder) {
  const auto mine = subscribe();
  const auto theirs = subscribe("acme.localhost");
  hub.publish("localhost", "evict", "1");
  hub.publish("", "manifests", "2");
  drain(context);
  const auto batch = run(context, mine->next(1h));
  EXPECT_EQ(text_of(batch), "id: 1\nevent: evict\ndata: 1\n\nid: 2\nevent: manifests\ndata: 2\n\n");
  EXPECT_EQ(text_of(run(context, theirs->next(1h))), "id: 2\nevent: manifests\ndata: 2\n\n");
  EXPECT_EQ(hub.stats().delivered, 3U);
}

TEST_F(StreamHubTest, AnEventIsSharedNotCopied) {
  const auto a = subscribe();
  const auto b = subscribe();
  hub.publish("localhost", "evict", "1");
  drain(context);
  EXPECT_EQ(run(context, a->next(1h)).events.at(0), run(context, b->next(1h)).events.at(0));
}

TEST_F(StreamHubTest, AWaiterIsWokenByAnEvent) {
  const auto stream = subscribe();
  bool got = false;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        const auto batch = co_await stream->next(1h);
        got = text_of(batch) == "id: 1\nevent: evict\ndata: 1\n\n";
      },
      asio::detached);
  drain(context);
  EXPECT_FALSE(got);
  hub.publish("localhost", "evict", "1");
  testing::run_until(context, [&] { return got; });
}

TEST_F(StreamHubTest, SilenceIsAHeartbeat) {
  const auto stream = subscribe();
  const auto batch = run(context, stream->next(1ms));
  EXPECT_TRUE(batch.events.empty());
  EXPECT_FALSE(batch.ended);
}

TEST_F(StreamHubTest, ASlowReaderIsEndedAtTheBoundAndCounted) {
  const auto slow = subscribe();
  for (int i = 0; i < 5; ++i) hub.publish("localhost", "evict", "x");
  drain(context);
  const auto batch = run(context, slow->next(1h));
  EXPECT_TRUE(batch.events.empty()) << "no gap may go unnoticed";
  EXPECT_EQ(batch.ended, Code::kOverloaded);
  EXPECT_EQ(ends, std::vector<Code>{Code::kOverloaded}) << "a write that hangs is broken off";
  EXPECT_EQ(hub.stats().slow_dropped, 1U);
}

TEST_F(StreamHubTest, TheQueueIsBoundedInBytesToo) {
  const auto slow = subscribe();
  hub.publish("localhost", "evict", std::string(6000, 'x'));
  hub.publish("localhost", "evict", std::string(6000, 'x'));
  drain(context);
  EXPECT_EQ(run(context, slow->next(1h)).ended, Code::kOverloaded);
}

TEST_F(StreamHubTest, AReaderThatKeepsUpIsNeverDropped) {
  const auto stream = subscribe();
  for (int i = 0; i < 100; ++i) {
    hub.publish("localhost", "evict", "x");
    drain(context);
    EXPECT_EQ(run(context, stream->next(1h)).events.size(), 1U);
  }
}

TEST_F(StreamHubTest, HostStreamsEndWithTheirSession) {
  const auto stream = subscribe("localhost", 9);
  EXPECT_EQ(hub.open_count(StreamKind::kHostEvents), 1U);
  hub.close_session(9, Code::kSessionRequired);
  const auto batch = run(context, stream->next(1h));
  EXPECT_EQ(batch.ended, Code::kSessionRequired);
  EXPECT_EQ(ends, std::vector<Code>{Code::kSessionRequired});
  EXPECT_EQ(run(context, stream->next(1h)).ended, Code::kSessionRequired);
}

TEST_F(StreamHubTest, ResumesFromTheRing) {
  for (int i = 1; i <= 5; ++i) hub.publish(i == 3 ? "acme.localhost" : "", "e", std::to_string(i));
  const auto stream = subscribe("localhost", 1, 2);
  EXPECT_TRUE(stream->resumed());
  EXPECT_EQ(text_of(run(context, stream->next(1h))),
            "id: 4\nevent: e\ndata: 4\n\nid: 5\nevent: e\ndata: 5\n\n");
  hub.publish("", "e", "6");
  drain(context);
  EXPECT_EQ(text_of(run(context, stream->next(1h))), "id: 6\nevent: e\ndata: 6\n\n");
}

TEST_F(StreamHubTest, IsNotResumedOverAGapNorFromAnotherLife) {
  for (int i = 1; i <= 20; ++i) hub.publish("", "e", "x");  // the ring keeps 13 to 20
  EXPECT_FALSE(subscribe("localhost", 1, 11)->resumed());
  EXPECT_FALSE(subscribe("localhost", 1, 0)->resumed());
  EXPECT_FALSE(subscribe("localhost", 1, 21)->resumed()) << "an id that was never given";
  EXPECT_FALSE(subscribe("localhost", 1, UINT64_MAX)->resumed());
  EXPECT_FALSE(subscribe()->resumed());
  const auto latest = subscribe("localhost", 1, 20);
  EXPECT_TRUE(latest->resumed());
  EXPECT_EQ(latest->position(), 20U);
  const auto close = subscribe("localhost", 1, 17);
  EXPECT_TRUE(close->resumed());
  EXPECT_EQ(run(context, close->next(1h)).events.size(), 3U);
  EXPECT_FALSE(subscribe("localhost", 1, 12)->resumed()) << "8 events do not fit the queue of 4";
}

TEST_F(StreamHubTest, ANewSubscriberGetsNothingThatIsOlder) {
  const auto first = subscribe();
  hub.publish("", "e", "old");
  const auto second = subscribe();  // while the old event is on its way to this io_context
  drain(context);
  hub.publish("", "e", "new");
  drain(context);
  EXPECT_EQ(text_of(run(context, second->next(1h))), "id: 2\nevent: e\ndata: new\n\n");
}

TEST_F(StreamHubTest, ManyThreadsPublishSubscribeAndClose) {
  StreamHub shared({100'000, 100'000'000, 64, 100'000}, 1);
  constexpr int kLanes = 3;
  constexpr int kPublishers = 2;
  constexpr int kEvents = 300;
  constexpr int kStreams = 20;
  std::atomic<int> ready{0};
  std::atomic<int> finished{0};
  std::atomic<std::uint64_t> received{0};
  std::vector<std::thread> lanes;
  for (int l = 0; l < kLanes; ++l) {
    lanes.emplace_back([&, l] {
      asio::io_context lane;
      for (int s = 0; s < kStreams; ++s) {
        asio::co_spawn(
            lane,
            [&, l, s]() -> asio::awaitable<void> {
              const auto session = static_cast<std::uint64_t>(l * 100 + s);
              auto executor = co_await asio::this_coro::executor;
              auto mine =
                  shared.subscribe({.tenant = "localhost", .session = session}, executor, {}, {});
              std::uint64_t last = 0;
              ++ready;
              for (;;) {
                const auto batch = co_await mine->next(50ms);
                for (const auto& event : batch.events) {
                  EXPECT_GT(event->id(), last);
                  last = event->id();
                  ++received;
                }
                if (batch.ended) break;
              }
              ++finished;
            },
            asio::detached);
      }
      lane.run();
    });
  }
  while (ready < kLanes * kStreams) std::this_thread::yield();
  std::vector<std::thread> publishers;
  for (int p = 0; p < kPublishers; ++p) {
    publishers.emplace_back([&] {
      for (int i = 0; i < kEvents; ++i) shared.publish("localhost", "e", "x");
    });
  }
  for (auto& publisher : publishers) publisher.join();
  constexpr auto kAll = static_cast<std::uint64_t>(kLanes * kStreams * kPublishers * kEvents);
  while (received < kAll) std::this_thread::yield();
  shared.close_all(Code::kSessionRequired);
  for (auto& lane : lanes) lane.join();
  EXPECT_EQ(finished.load(), kLanes * kStreams);
  EXPECT_EQ(received.load(), kAll);
  EXPECT_EQ(shared.open_count(), 0U);
}

TEST_F(StreamHubTest, StreamsMayDieWithTheirIoContext) {
  auto dying = std::make_unique<asio::io_context>();
  asio::co_spawn(
      *dying,
      [this]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto mine = hub.subscribe({.tenant = "localhost", .session = 1}, executor, {}, {});
        for (;;) (void)co_await mine->next(1h);
      },
      asio::detached);
  dying->poll();
  EXPECT_EQ(hub.open_count(), 1U);
  hub.publish("", "e", "on its way when the context goes");
  dying.reset();
  EXPECT_EQ(hub.open_count(), 0U);
  hub.publish("", "e", "to nobody");
}

}  // namespace
}  // namespace portcullis::bff
