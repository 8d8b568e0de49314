// What the vectors (spec/vectors/event_stream.json) cannot express: chunking, limits, failures,
// reconnection.
#include "portcullis/event_stream.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "exact_copy.hpp"

namespace portcullis {
namespace {

/// All output of a parser as one text for comparison.
struct Transcript {
  std::string text;
  void operator()(const StreamEvent& event) {
    for (const std::string_view part : {event.type, event.data, event.last_event_id}) {
      text += std::to_string(part.size()) + ":";
      text += part;
    }
    text += "\n";
  }
};

std::string finish(const EventStreamParser& parser, Transcript& transcript) {
  transcript.text += parser.failed() ? "failed" : "fine";
  transcript.text += " retry " + std::to_string(parser.retry_ms().value_or(0)) + " id ";
  transcript.text += parser.last_event_id();
  return transcript.text;
}

std::string read_in_chunks(std::string_view stream, std::size_t chunk) {
  EventStreamParser parser;
  Transcript transcript;
  for (std::size_t at = 0; at < stream.size(); at += chunk) {
    const ExactCopy copy(stream.substr(at, chunk));
    (void)parser.feed(copy.view(), transcript);
  }
  return finish(parser, transcript);
}

constexpr std::string_view kStreams[] = {
    "",
    "\xEF\xBB\xBF"
    "data: a\r\n\r\nid: 1\revent: x\ndata: b\rdata: c\n\n",
    "\xEF\xBB"
    "data: a\n\ndata: b\n\n",
    "data: \xF0\x9F\x98\x80\xF0\x9F\x98\n\ndata: \xE2\x82\xAC\xC3\n\n\xFF"
    "data: x\n\n",
    "retry: 10\r\rretry: 1x\rid: \xC3\xBC\r\rid: 2\r\ndata\r\n\r\ndata",
    "\r\n\n\r\r\n\n:comment\r\ndata:\x01\t\x0B\x0C\x0E end\r\n\r\n",
    "data: a long line of text that spans several words, so that the fast path runs\n\n"
    "event: a-long-event-name-that-does-not-fit-anywhere\r\ndata: 1\r\n\r\nid:\ndata:2\n\n",
};

TEST(EventStream, IsIndependentOfChunking) {
  for (const std::string_view stream : kStreams) {
    const std::string whole = read_in_chunks(stream, stream.size() + 1);
    for (const std::size_t chunk : {1u, 2u, 3u, 7u, 8u, 9u, 64u}) {
      EXPECT_EQ(read_in_chunks(stream, chunk), whole) << "chunks of " << chunk;
    }
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      EventStreamParser parser;
      Transcript transcript;
      (void)parser.feed(ExactCopy(stream.substr(0, cut)).view(), transcript);
      (void)parser.feed({}, transcript);
      (void)parser.feed(ExactCopy(stream.substr(cut)).view(), transcript);
      EXPECT_EQ(finish(parser, transcript), whole) << "cut at " << cut;
    }
  }
}

TEST(EventStream, FindsALineEndAtEveryOffset) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (const std::string_view end : {"\n", "\r", "\r\n"}) {
      std::string line = "data:";
      line.append(length, '\t').append(end);
      const std::string stream = line + std::string(end);
      EventStreamParser parser;
      std::string data = "none";
      const ExactCopy copy(stream);
      EXPECT_EQ(parser.feed(copy.view(), [&](const StreamEvent& e) { data = e.data; }),
                Code::kAllowed);
      EXPECT_EQ(data, std::string(length, '\t'));
    }
  }
}

TEST(EventStream, DispatchesAtACarriageReturnWithoutWaiting) {
  EventStreamParser parser;
  int events = 0;
  const auto count = [&](const StreamEvent&) { ++events; };
  (void)parser.feed("data: a\r\n\r", count);
  EXPECT_EQ(events, 1);
  (void)parser.feed("\ndata: b\n\n", count);
  EXPECT_EQ(events, 2);
}

// --- limits

std::string line_of(std::size_t bytes) { return "data:" + std::string(bytes - 5, 'x'); }

TEST(EventStream, AcceptsLinesUpToTheLimit) {
  for (const std::size_t chunk : {std::size_t{1} << 22, std::size_t{4096}}) {
    EXPECT_NE(read_in_chunks(line_of(limits::kMaxEventBytes) + "\n\n", chunk).find("fine"),
              std::string::npos);
    EXPECT_NE(read_in_chunks(line_of(limits::kMaxEventBytes + 1) + "\n\n", chunk).find("failed"),
              std::string::npos);
    EXPECT_NE(read_in_chunks(":" + std::string(limits::kMaxEventBytes, 'c'), chunk).find("failed"),
              std::string::npos);
  }
}

TEST(EventStream, FailsAsSoonAsAnUnfinishedLineIsTooLong) {
  EventStreamParser parser;
  Transcript none;
  const std::string part(limits::kMaxEventBytes, 'x');
  EXPECT_EQ(parser.feed(part, none), Code::kAllowed);
  EXPECT_EQ(parser.feed("x", none), Code::kEventTooLarge);
  EXPECT_TRUE(none.text.empty());
}

TEST(EventStream, LimitsAnEventOverAllItsLines) {
  const std::string half = line_of(limits::kMaxEventBytes / 2);
  EXPECT_NE(read_in_chunks(half + "\n" + half + "\n\n", 1 << 16).find("fine"), std::string::npos);
  EXPECT_NE(read_in_chunks(half + "\n" + half + "\ndata:xxxxxxxxxx\n\n", 1 << 16).find("failed"),
            std::string::npos);
  // The type counts too, in either order.
  const std::string type = "event:" + std::string(limits::kMaxEventBytes / 2, 't') + "\n";
  EXPECT_NE(read_in_chunks(type + half + "\ndata:xxxxxxxxxx\n\n", 1 << 16).find("failed"),
            std::string::npos);
  EXPECT_NE(read_in_chunks(half + "\ndata:xxxxxxxxxx\n" + type, 1 << 16).find("failed"),
            std::string::npos);
}

TEST(EventStream, CountsReplacementCharacters) {
  const std::string broken = "data:" + std::string(limits::kMaxEventBytes / 2, '\xFF') + "\n\n";
  EXPECT_NE(read_in_chunks(broken, 1 << 16).find("failed"), std::string::npos);
}

TEST(EventStream, DeliversOnlyEventsBeforeAFailure) {
  EventStreamParser parser;
  Transcript transcript;
  const std::string stream =
      "id: 4\ndata: a\n\n" + line_of(limits::kMaxEventBytes + 1) + "\n\ndata: b\n\n";
  EXPECT_EQ(parser.feed(stream, transcript), Code::kEventTooLarge);
  EXPECT_EQ(parser.feed("\n\ndata: c\n\n", transcript), Code::kEventTooLarge);
  EXPECT_EQ(parser.feed("", transcript), Code::kEventTooLarge);
  EXPECT_TRUE(parser.failed());
  EXPECT_EQ(transcript.text, "7:message1:a1:4\n");
  EXPECT_EQ(parser.last_event_id(), "4");
}

// --- reconnecting

TEST(EventStream, KeepsIdAndRetryAcrossReconnects) {
  EventStreamParser parser;
  Transcript transcript;
  (void)parser.feed("retry: 5\nid: 1\ndata: a\n\nid: 2\ndata: lost", transcript);
  parser.reset_for_reconnect();
  EXPECT_EQ(parser.last_event_id(), "1");
  EXPECT_EQ(parser.retry_ms().value_or(0), 5u);
  transcript.text.clear();
  (void)parser.feed("\n\ndata: b\n\n", transcript);
  EXPECT_EQ(transcript.text, "7:message1:b1:1\n");
}

TEST(EventStream, ResetsItsStateOnReconnect) {
  EventStreamParser parser;
  Transcript transcript;
  (void)parser.feed("event: x\r", transcript);
  parser.reset_for_reconnect();
  // The LF is separate from the earlier CR, the byte order mark is dropped, the type is reset.
  (void)parser.feed("\xEF\xBB\xBF\ndata: a\n\n", transcript);
  EXPECT_EQ(transcript.text, "7:message1:a0:\n");
  const std::string large(limits::kMaxEventBytes + 1, 'x');
  EXPECT_EQ(parser.feed(large, transcript), Code::kEventTooLarge);
  parser.reset_for_reconnect();
  EXPECT_FALSE(parser.failed());
  EXPECT_EQ(parser.feed("data: b\n\n", transcript), Code::kAllowed);
}

TEST(EventStream, ContinuesFromAGivenEventId) {
  EventStreamParser parser("77");
  Transcript transcript;
  (void)parser.feed("data: a\n\nid\ndata: b\n\n", transcript);
  EXPECT_EQ(transcript.text, "7:message1:a2:77\n7:message1:b0:\n");
}

TEST(EventStream, ReportsWhetherTheIdIsNew) {
  EventStreamParser parser("0");
  std::string seen;
  const auto note = [&](const StreamEvent& e) { seen += e.id_is_new ? 'n' : 's'; };
  (void)parser.feed("data: a\n\nid: 1\ndata: b\n\ndata: c\n\nid: 2\n\n", note);
  parser.reset_for_reconnect();
  (void)parser.feed("data: d\n\ndata: e\n\nid: 3", note);
  parser.reset_for_reconnect();
  (void)parser.feed("data: f\n\n", note);
  EXPECT_EQ(seen, "snsnss");
}

TEST(EventStream, SaturatesRetry) {
  EventStreamParser parser;
  Transcript none;
  (void)parser.feed("retry: 9007199254740990\n", none);
  EXPECT_EQ(parser.retry_ms(), 9007199254740990u);
  (void)parser.feed("retry: 18446744073709551617\n", none);
  EXPECT_EQ(parser.retry_ms(), EventStreamParser::kMaxRetryMs);
}

TEST(EventStream, AcceptsAPlainFunction) {
  EventStreamParser parser;
  int events = 0;
  const auto count = [](void* context, const StreamEvent&) { ++*static_cast<int*>(context); };
  EXPECT_EQ(parser.feed_raw("data: a\n\n", count, &events), Code::kAllowed);
  EXPECT_EQ(events, 1);
}

}  // namespace
}  // namespace portcullis
