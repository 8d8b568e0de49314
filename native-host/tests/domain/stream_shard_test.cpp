// Delivery of an event to thousands of streams of one thread: in slices, once per stream, while
// streams are added and removed; and heartbeats.
#include "domain/stream_shard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "run_io.hpp"
#include "told.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::drain;
using testing::run_until;
using testing::Told;

struct Reader {
  Told told;
  std::unique_ptr<HostStream> stream;
};

class StreamLaneTest : public ::testing::Test {
 protected:
  Reader& open(StreamHub& of) {
    readers.push_back(std::make_unique<Reader>());
    Reader& reader = *readers.back();
    reader.stream =
        of.subscribe({.tenant = "localhost"}, context.get_executor(), std::nullopt, reader.told);
    EXPECT_TRUE(reader.stream->listen());
    return reader;
  }
  std::size_t that_had(int events) const {
    return static_cast<std::size_t>(
        std::count_if(readers.begin(), readers.end(),
                      [&](const auto& reader) { return reader->told.events == events; }));
  }

  static constexpr std::size_t kMany = 1000;
  StreamHub hub{{}, 1};
  asio::io_context context;
  std::vector<std::unique_ptr<Reader>> readers;
};

TEST_F(StreamLaneTest, OtherWorkRunsDuringADelivery) {
  for (std::size_t i = 0; i < kMany; ++i) open(hub);
  hub.publish("", "e", "1");
  std::size_t when_it_ran = 0;
  bool ran = false;
  asio::post(context, [&] {
    ran = true;
    when_it_ran = that_had(1);
  });
  run_until(context, [&] { return that_had(1) == kMany; });
  ASSERT_TRUE(ran);
  EXPECT_LT(when_it_ran, kMany);
}

TEST_F(StreamLaneTest, EventsKeepTheirOrderAcrossSlices) {
  for (std::size_t i = 0; i < kMany; ++i) open(hub);
  hub.publish("localhost", "e", "1");
  hub.publish("", "e", "2");
  run_until(context, [&] { return that_had(2) == kMany; });
  for (const auto& reader : readers) {
    ASSERT_EQ(reader->told.text, "id: 1\nevent: e\ndata: 1\n\nid: 2\nevent: e\ndata: 2\n\n");
  }
  EXPECT_EQ(hub.stats().delivered, 2 * kMany);
}

TEST_F(StreamLaneTest, EventsAreDeliveredOnceWhileStreamsComeAndGo) {
  for (std::size_t i = 0; i < kMany; ++i) open(hub);
  hub.publish("localhost", "e", "1");
  run_until(context, [&] { return that_had(1) > 0; });
  ASSERT_LT(that_had(1), kMany);
  // Some that had received it already, and some that had not.
  for (std::size_t i = 0; i < kMany; i += 3) readers[i]->stream.reset();
  for (std::size_t i = 0; i < 10; ++i) open(hub);
  drain(context);
  for (std::size_t i = 0; i < kMany; ++i) {
    const int events = readers[i]->told.events;
    EXPECT_TRUE(events == 1 || (i % 3 == 0 && events == 0)) << i;
  }
  for (std::size_t i = kMany; i < readers.size(); ++i) {
    EXPECT_EQ(readers[i]->told.events, 0) << "published before this stream was opened";
  }
}

TEST_F(StreamLaneTest, AllStreamsMayEndDuringADelivery) {
  for (std::size_t i = 0; i < kMany; ++i) open(hub);
  hub.publish("localhost", "e", "1");
  run_until(context, [&] { return that_had(1) > 0; });
  for (const auto& reader : readers) reader->stream.reset();
  drain(context);
  EXPECT_LT(that_had(1), kMany);
  EXPECT_EQ(context.poll(), 0U) << "no work without streams";
}

TEST_F(StreamLaneTest, SilentStreamsGetHeartbeats) {
  StreamHub quick({.heartbeat = 2ms}, 1);
  Reader& listens = open(quick);
  Reader& full = open(quick);
  full.told.room = 1;
  quick.publish("", "e", "1");
  run_until(context, [&] { return listens.told.silences >= 3; });
  EXPECT_EQ(full.told.silences, 0) << "its socket is full anyway";
  readers.clear();
}

TEST_F(StreamLaneTest, AnEventPostponesTheHeartbeat) {
  StreamHub quick({.heartbeat = 5ms}, 1);
  Reader& busy = open(quick);
  Told other;
  const auto stream =
      quick.subscribe({.tenant = "other"}, context.get_executor(), std::nullopt, other);
  ASSERT_TRUE(stream->listen());
  run_until(context, [&] {
    quick.publish("localhost", "e", "x");
    return other.silences >= 10;
  });
  // If the machine stalls for longer than a heartbeat, both may be silent.
  EXPECT_LT(busy.told.silences, other.silences);
  readers.clear();
}

}  // namespace
}  // namespace portcullis::bff
