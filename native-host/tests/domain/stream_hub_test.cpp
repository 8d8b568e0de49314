#include "domain/stream_hub.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <thread>

#include "run_io.hpp"
#include "told.hpp"

namespace portcullis::bff {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::drain;
using testing::run_until;
using testing::text_of;
using testing::Told;

class StreamHubTest : public ::testing::Test {
 protected:
  std::unique_ptr<HostStream> subscribe(const std::string& tenant = "localhost",
                                        std::uint64_t session = 1,
                                        std::optional<std::uint64_t> last = std::nullopt) {
    return hub.subscribe({.tenant = tenant, .session = session}, context.get_executor(), last,
                         told);
  }
  StreamHub hub{{4, 10'000, 8, 10'000}, 1};
  asio::io_context context;
  Told told;
};

TEST_F(StreamHubTest, FramesEventsAsTheStandardSays) {
  const WireEvent event(7, "evict", R"({"plugin_id":"hello"})");
  EXPECT_EQ(event.text(), "id: 7\nevent: evict\ndata: {\"plugin_id\":\"hello\"}\n\n");
  EXPECT_EQ(event.chunk(), "30\r\n" + std::string(event.text()) + "\r\n");
  EXPECT_EQ(event.text().size(), 0x30U);
  EXPECT_EQ(WireEvent(1, "e", "a\nb\r\nc\rd\n\ne").text(),
            "id: 1\nevent: e\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: e\n\n");
  EXPECT_EQ(WireEvent(1, "e", "").text(), "id: 1\nevent: e\ndata: \n\n");
  EXPECT_EQ(WireEvent(1, "e", "a\n").text(), "id: 1\nevent: e\ndata: a\ndata: \n\n");
}

TEST_F(StreamHubTest, DeliversEventsOfATenantInOrder) {
  const auto mine = subscribe();
  const auto theirs = subscribe("acme.localhost");
  hub.publish("localhost", "evict", "1");
  hub.publish("", "manifests", "2");
  drain(context);
  const auto batch = mine->take();
  EXPECT_EQ(text_of(batch), "id: 1\nevent: evict\ndata: 1\n\nid: 2\nevent: manifests\ndata: 2\n\n");
  EXPECT_EQ(text_of(theirs->take()), "id: 2\nevent: manifests\ndata: 2\n\n");
  EXPECT_EQ(hub.stats().delivered, 3U);
}

TEST_F(StreamHubTest, SharesEventsWithoutCopying) {
  const auto a = subscribe();
  const auto b = subscribe();
  hub.publish("localhost", "evict", "1");
  drain(context);
  EXPECT_EQ(a->take().events.at(0), b->take().events.at(0));
}

TEST_F(StreamHubTest, CallsListenersWithEachEvent) {
  const auto stream = subscribe();
  ASSERT_TRUE(stream->listen());
  hub.publish("localhost", "evict", "1");
  EXPECT_EQ(told.events, 0) << "only on the thread of its executor";
  drain(context);
  EXPECT_EQ(told.text, "id: 1\nevent: evict\ndata: 1\n\n");
  EXPECT_TRUE(stream->take().events.empty());
}

TEST_F(StreamHubTest, QueuesEventsForAFullSocket) {
  const auto stream = subscribe();
  told.room = 2;
  ASSERT_TRUE(stream->listen());
  for (int i = 0; i < 4; ++i) hub.publish("localhost", "e", std::to_string(i));
  drain(context);
  EXPECT_EQ(told.events, 2);
  EXPECT_FALSE(stream->listen()) << "what is queued comes first";
  EXPECT_EQ(text_of(stream->take()), "id: 3\nevent: e\ndata: 2\n\nid: 4\nevent: e\ndata: 3\n\n");
  told.room = 2;
  ASSERT_TRUE(stream->listen());
  hub.publish("localhost", "e", "4");
  drain(context);
  EXPECT_EQ(told.events, 3);
}

TEST_F(StreamHubTest, TenantsDoNotDisplaceEachOthersEvents) {
  const auto id = hub.publish("localhost", "evict", "ours");
  for (int i = 0; i < 100; ++i) hub.publish("acme.localhost", "evict", "theirs");
  hub.publish("", "theme", "for all");
  const auto stream = subscribe("localhost", 1, id - 1);
  EXPECT_TRUE(stream->resumed());
  const std::string text = text_of(stream->take());
  EXPECT_EQ(text, "id: 1\nevent: evict\ndata: ours\n\nid: 102\nevent: theme\ndata: for all\n\n");
  EXPECT_FALSE(subscribe("acme.localhost", 1, id)->resumed()) << "their own events were too many";
}

TEST_F(StreamHubTest, FiltersByEventName) {
  hub.publish("", "evict", "1");
  hub.publish("", "theme", "2");
  const auto stream =
      hub.subscribe({.tenant = "localhost"}, context.get_executor(), 1, told, {}, "theme");
  EXPECT_TRUE(stream->resumed());
  EXPECT_EQ(text_of(stream->take()), "id: 2\nevent: theme\ndata: 2\n\n");
  ASSERT_TRUE(stream->listen());
  hub.publish("", "evict", "3");
  hub.publish("", "theme", "4");
  drain(context);
  EXPECT_EQ(told.text, "id: 4\nevent: theme\ndata: 4\n\n");
}

TEST_F(StreamHubTest, EndsAndCountsSlowReaders) {
  const auto slow = subscribe();
  for (int i = 0; i < 5; ++i) hub.publish("localhost", "evict", "x");
  drain(context);
  const auto batch = slow->take();
  EXPECT_TRUE(batch.events.empty()) << "no gap may go unnoticed";
  EXPECT_EQ(batch.ended, Code::kOverloaded);
  EXPECT_EQ(told.ends, std::vector<Code>{Code::kOverloaded}) << "a blocked write is aborted";
  EXPECT_EQ(hub.stats().slow_dropped, 1U);
}

TEST_F(StreamHubTest, BoundsTheQueueInBytes) {
  const auto slow = subscribe();
  hub.publish("localhost", "evict", std::string(6000, 'x'));
  hub.publish("localhost", "evict", std::string(6000, 'x'));
  drain(context);
  EXPECT_EQ(slow->take().ended, Code::kOverloaded);
}

TEST_F(StreamHubTest, NeverDropsReadersThatKeepUp) {
  const auto stream = subscribe();
  for (int i = 0; i < 100; ++i) {
    hub.publish("localhost", "evict", "x");
    drain(context);
    EXPECT_EQ(stream->take().events.size(), 1U);
  }
}

TEST_F(StreamHubTest, HostStreamsEndWithTheirSession) {
  const auto stream = subscribe("localhost", 9);
  EXPECT_EQ(hub.open_count(StreamKind::kHostEvents), 1U);
  hub.close_session(9, Code::kSessionRequired);
  drain(context);
  const auto batch = stream->take();
  EXPECT_EQ(batch.ended, Code::kSessionRequired);
  EXPECT_EQ(told.ends, std::vector<Code>{Code::kSessionRequired});
  EXPECT_EQ(stream->take().ended, Code::kSessionRequired);
}

TEST_F(StreamHubTest, ResumesFromTheRing) {
  for (int i = 1; i <= 5; ++i) hub.publish(i == 3 ? "acme.localhost" : "", "e", std::to_string(i));
  const auto stream = subscribe("localhost", 1, 2);
  EXPECT_TRUE(stream->resumed());
  EXPECT_EQ(text_of(stream->take()), "id: 4\nevent: e\ndata: 4\n\nid: 5\nevent: e\ndata: 5\n\n");
  hub.publish("", "e", "6");
  drain(context);
  EXPECT_EQ(text_of(stream->take()), "id: 6\nevent: e\ndata: 6\n\n");
}

TEST_F(StreamHubTest, DoesNotResumeOverAGapOrFromAnotherProcess) {
  for (int i = 1; i <= 20; ++i) hub.publish("", "e", "x");  // the ring keeps 13 to 20
  EXPECT_FALSE(subscribe("localhost", 1, 11)->resumed());
  EXPECT_FALSE(subscribe("localhost", 1, 0)->resumed());
  EXPECT_FALSE(subscribe("localhost", 1, 21)->resumed()) << "an id that was never assigned";
  EXPECT_FALSE(subscribe("localhost", 1, UINT64_MAX)->resumed());
  EXPECT_FALSE(subscribe()->resumed());
  const auto latest = subscribe("localhost", 1, 20);
  EXPECT_TRUE(latest->resumed());
  EXPECT_EQ(latest->position(), 20U);
  const auto close = subscribe("localhost", 1, 17);
  EXPECT_TRUE(close->resumed());
  EXPECT_EQ(close->take().events.size(), 3U);
  EXPECT_FALSE(subscribe("localhost", 1, 12)->resumed()) << "8 events do not fit the queue of 4";
}

TEST_F(StreamHubTest, NewSubscribersGetNoOlderEvents) {
  const auto first = subscribe();
  hub.publish("", "e", "old");
  const auto second = subscribe();  // while the old event is being delivered to this io_context
  drain(context);
  hub.publish("", "e", "new");
  drain(context);
  EXPECT_EQ(text_of(second->take()), "id: 2\nevent: e\ndata: new\n\n");
}

TEST_F(StreamHubTest, ManyThreadsPublishSubscribeAndClose) {
  StreamHub shared({.ring_events = 64, .ring_bytes = 100'000}, 1);
  constexpr int kLanes = 3;
  constexpr int kPublishers = 2;
  constexpr int kEvents = 300;
  constexpr int kStreams = 20;
  std::atomic<int> ready{0};
  std::atomic<std::uint64_t> received{0};
  std::vector<std::thread> lanes;
  for (int l = 0; l < kLanes; ++l) {
    lanes.emplace_back([&, l] {
      asio::io_context lane;
      std::vector<std::unique_ptr<Told>> sinks;
      std::vector<std::unique_ptr<HostStream>> streams;
      int ended = 0;
      for (int s = 0; s < kStreams; ++s) {
        sinks.push_back(std::make_unique<Told>());
        sinks.back()->then = [&received, last = std::uint64_t{0}](const WireEvent& event) mutable {
          EXPECT_GT(event.id(), last);
          last = event.id();
          ++received;
        };
        const auto session = static_cast<std::uint64_t>(l * 100 + s);
        streams.push_back(shared.subscribe({.tenant = "localhost", .session = session},
                                           lane.get_executor(), {}, *sinks.back()));
        EXPECT_TRUE(streams.back()->listen());
        ++ready;
      }
      run_until(lane, [&] {
        ended = 0;
        for (const auto& sink : sinks) ended += static_cast<int>(sink->ends.size());
        return ended == kStreams;
      });
      streams.clear();
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
  shared.close_if([](const StreamInfo&) { return Code::kSessionRequired; });
  for (auto& lane : lanes) lane.join();
  EXPECT_EQ(received.load(), kAll);
  EXPECT_EQ(shared.open_count(), 0U);
}

TEST_F(StreamHubTest, StreamsMayBeDestroyedWithTheirIoContext) {
  auto dying = std::make_unique<asio::io_context>();
  asio::co_spawn(
      *dying,
      [this]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto mine = hub.subscribe({.tenant = "localhost", .session = 1}, executor, {}, told);
        asio::steady_timer never(executor, asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
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
