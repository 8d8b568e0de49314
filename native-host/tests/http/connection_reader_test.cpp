// The reader alone, on one end of a socket pair: where heads and bodies end, and how incomplete
// ones are reported.
#include "http/connection_reader.hpp"

#include <gtest/gtest.h>

#include "socket_pair.hpp"

namespace portcullis::bff {
namespace {

using Head = ConnectionReader::Head;

class Reader {
 public:
  explicit Reader(const Timeouts& timeouts = {}) : pair(SOCK_STREAM, timeouts) {}

  Head head() { return pair.run(reader.read_head(true)); }
  /// Reads the head of a request whose body is still unread.
  Head request(std::string_view text) {
    pair.say(text);
    const Head got = head();
    writer.start({.request_id = "r1", .keep_alive = true});
    reader.start_body();
    return got;
  }

  void poll() {
    pair.worker.context.restart();
    (void)pair.worker.context.poll();
  }

  struct Never final : Watched {
    void on_deadline() override {}
  };

  testing::SocketPair pair;
  Never never;
  ConnectionWriter writer{pair.worker, pair.socket, never};
  ConnectionReader reader{pair.worker, pair.socket, writer};
};

TEST(ConnectionReader, ReadsRequestsThatCameTogether) {
  Reader it;
  it.pair.say("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  it.pair.close_peer();
  ASSERT_EQ(it.head(), Head::kRequest);
  EXPECT_EQ(it.reader.request().target, "/a");
  ASSERT_EQ(it.head(), Head::kRequest);
  EXPECT_EQ(it.reader.request().target, "/b");
  EXPECT_EQ(it.head(), Head::kEnd);
}

TEST(ConnectionReader, GivesOthersTheirTurn) {
  Reader it;
  std::string many;
  for (int n = 0; n < 40; ++n) many += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  it.pair.say(many);
  int turns = 0;
  for (int n = 0; n < 40; ++n) {
    ASSERT_EQ(it.head(), Head::kRequest);
    turns += it.reader.turn_is_over() ? 1 : 0;
  }
  EXPECT_EQ(turns, 1);
}

TEST(ConnectionReader, EndsAnIdleWaitWithoutAnAnswerAndALateHeadWithOne) {
  Timeouts timeouts;
  timeouts.idle = timeouts.head = std::chrono::milliseconds(5);
  Reader it(timeouts);
  EXPECT_EQ(it.head(), Head::kEnd);
  it.pair.say("GET / HTTP");
  EXPECT_EQ(it.head(), Head::kRefused);
  EXPECT_EQ(it.reader.refusal(), Code::kRequestTimeout);
}

TEST(ConnectionReader, SaysWhatItReadOfAHeadThatIsTooLarge) {
  Reader it;
  it.pair.worker.head_limits.header_bytes = 64;
  it.pair.say("HEAD /a HTTP/1.1\r\nX-Request-ID: mine\r\nContent-Length: 9\r\nX: " +
              std::string(100, 'x'));
  ASSERT_EQ(it.head(), Head::kRefused);
  EXPECT_EQ(it.reader.refusal(), Code::kHeadersTooLarge);
  EXPECT_EQ(it.reader.request().method, "HEAD");
  EXPECT_EQ(it.reader.request().target, "/a");
  EXPECT_EQ(it.reader.request().single("x-request-id"), "mine");
  EXPECT_FALSE(it.reader.request().has_body());
}

TEST(ConnectionReader, SaysWhatItReadOfALineWithAnotherVersion) {
  Reader it;
  it.pair.say("HEAD /a HTTP/2.0\r\nHost: a\r\n\r\n");
  ASSERT_EQ(it.head(), Head::kRefused);
  EXPECT_EQ(it.reader.refusal(), Code::kHttpVersionUnsupported);
  EXPECT_EQ(it.reader.request().method, "HEAD");
  EXPECT_EQ(it.reader.request().target, "/a");
}

TEST(ConnectionReader, LeavesTheNextRequestBehindAChunkedBody) {
  Reader it;
  ASSERT_EQ(it.request("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "3\r\nabc\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"),
            Head::kRequest);
  EXPECT_FALSE(it.reader.content_length());
  std::string body;
  EXPECT_EQ(it.pair.run(it.reader.read_body(body, 100)), Code::kAllowed);
  EXPECT_EQ(body, "abc");
  EXPECT_TRUE(it.reader.body_done());
  ASSERT_EQ(it.head(), Head::kRequest);
  EXPECT_EQ(it.reader.request().target, "/b");
}

TEST(ConnectionReader, AsksForABodyOnlyWhenItIsRead) {
  Reader it;
  ASSERT_EQ(it.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                       "Expect: 100-continue\r\n\r\n"),
            Head::kRequest);
  EXPECT_EQ(it.pair.hear(), "");
  EXPECT_FALSE(it.reader.rest_is_short());
  EXPECT_FALSE(it.pair.run(it.reader.drain_body()));
  std::string body;
  asio::co_spawn(it.pair.worker.context, it.reader.read_body(body, 100),
                 [](const std::exception_ptr&, Code) {});
  it.pair.worker.context.restart();
  (void)it.pair.worker.context.poll();
  EXPECT_EQ(it.pair.hear(), "HTTP/1.1 100 Continue\r\n\r\n");
  it.pair.say("abc");
  while (!it.reader.body_done()) (void)it.pair.worker.context.poll();
  EXPECT_EQ(body, "abc");
}

TEST(ConnectionReader, AsksForNoBodyWhileTheAnswerIsWritten) {
  // An upstream may answer before it has read the body: two coroutines use one connection.
  for (const bool answer_first : {true, false}) {
    Reader it;
    ASSERT_EQ(it.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                         "Expect: 100-continue\r\n\r\n"),
              Head::kRequest);
    const std::string filled = it.pair.fill();
    std::string body;
    bool answered = false;
    bool read = false;
    const auto begin_answer = [&] {
      ResponseHead answer;
      answer.content_length = 0;
      asio::co_spawn(it.pair.worker.context, it.writer.begin_response(std::move(answer), {}),
                     [&](const std::exception_ptr&, error_code error) { answered = !error; });
    };
    if (answer_first) begin_answer();
    it.poll();
    asio::co_spawn(it.pair.worker.context, it.reader.read_body(body, 100),
                   [&](const std::exception_ptr&, Code) { read = true; });
    it.poll();
    if (!answer_first) begin_answer();
    it.poll();
    std::string heard;
    while (!answered) {
      heard += it.pair.hear_all();
      it.poll();
    }
    heard += it.pair.hear_all();
    ASSERT_TRUE(heard.starts_with(filled + "HTTP/1.1 200 OK\r\n")) << answer_first;
    EXPECT_TRUE(heard.ends_with("Content-Length: 0\r\n\r\n")) << answer_first;
    EXPECT_EQ(heard.find("100 Continue"), heard.npos);
    it.pair.say("abc");
    while (!read) it.poll();
    EXPECT_EQ(body, "abc");
  }
}

TEST(ConnectionReader, DrainsAShortBodyOnly) {
  Reader it;
  ASSERT_EQ(it.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
            Head::kRequest);
  EXPECT_TRUE(it.reader.rest_is_short());
  EXPECT_TRUE(it.pair.run(it.reader.drain_body()));
  ASSERT_EQ(it.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"),
            Head::kRequest);
  EXPECT_FALSE(it.reader.rest_is_short());
}

TEST(ConnectionReader, FailsABodyThatBreaksOff) {
  Reader it;
  ASSERT_EQ(it.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"),
            Head::kRequest);
  it.pair.close_peer();
  std::string body;
  EXPECT_EQ(it.pair.run(it.reader.read_body(body, 100)), Code::kBadRequest);
  EXPECT_TRUE(it.reader.body_failed());
  EXPECT_TRUE(it.reader.peer_closed());
}

TEST(ConnectionReader, FindsAMalformedBodyThatWasNotRead) {
  Reader it;
  ASSERT_EQ(it.request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
            Head::kRequest);
  EXPECT_FALSE(it.reader.look_at_unread_body());
  EXPECT_TRUE(it.reader.body_failed());
}

}  // namespace
}  // namespace portcullis::bff
