// The writer alone, on one end of a socket pair: how answers are framed, what is sent together, and
// where bytes wait that the kernel does not take.
#include "http/connection_writer.hpp"

#include <gtest/gtest.h>

#include "socket_pair.hpp"

namespace portcullis::bff {
namespace {

using Sent = ConnectionWriter::Sent;

class Writer {
 public:
  explicit Writer(int type = SOCK_STREAM, const Timeouts& timeouts = {}) : pair(type, timeouts) {}

  struct Stalled final : Watched {
    explicit Stalled(ReadySocket& watched) : socket(watched) {}
    void on_deadline() override {
      came = true;
      socket.close_with_reset();
    }
    ReadySocket& socket;
    bool came = false;
  };
  /// Writes until the kernel takes no more.
  std::string fill() {
    std::string all;
    std::string piece(4096, 'a');
    for (;; piece.assign(4096, piece[0] == 'z' ? 'a' : static_cast<char>(piece[0] + 1))) {
      all += piece;
      if (!writer.write_now(piece)) return all;
    }
  }
  /// Everything that the peer can read, without the head.
  std::string body(std::string text) const {
    for (std::string more = pair.hear(); !more.empty(); more = pair.hear()) text += more;
    return text.substr(text.find("\r\n\r\n") + 4);
  }

  testing::SocketPair pair;
  Stalled stalled{pair.socket};
  ConnectionWriter writer{pair.worker, pair.socket, stalled};
};

AnswerTo plain() { return {.request_id = "r1", .keep_alive = true}; }

TEST(ConnectionWriter, SendsASmallBodyWithItsHeadAtOnce) {
  Writer it(SOCK_SEQPACKET);
  it.writer.start(plain());
  it.writer.respond(Response(200).body(std::string("hello"), "text/plain"));
  EXPECT_EQ(it.writer.write_response(), Sent::kAll);
  const std::string sent = it.pair.hear();
  EXPECT_TRUE(sent.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << sent;
  EXPECT_NE(sent.find("\r\nX-Request-ID: r1\r\n"), sent.npos) << sent;
  EXPECT_TRUE(sent.ends_with("Content-Length: 5\r\n\r\nhello")) << sent;
  EXPECT_EQ(it.pair.hear(), "");
  EXPECT_TRUE(it.writer.finished());
  EXPECT_EQ(it.writer.bytes(), sent.size());
  EXPECT_EQ(it.writer.status(), 200U);
}

TEST(ConnectionWriter, SendsALargeBodyWithItsHeadAtOnce) {
  Writer it(SOCK_SEQPACKET);
  it.writer.start(plain());
  it.writer.respond(Response(200).body(std::string(20'000, 'x'), "text/plain"));
  EXPECT_EQ(it.writer.write_response(), Sent::kAll);
  EXPECT_TRUE(it.pair.hear().ends_with(std::string(20'000, 'x')));
  EXPECT_EQ(it.pair.hear(), "");
}

TEST(ConnectionWriter, SendsTheRestOfAnAnswerWhenTheClientReads) {
  Writer it;
  it.writer.start(plain());
  const std::string body(4 << 20, 'x');
  it.writer.respond(Response(200).body(body, "text/plain"));
  EXPECT_EQ(it.writer.write_response(), Sent::kSome);
  EXPECT_FALSE(it.writer.finished());
  std::string heard;
  EXPECT_FALSE(it.pair.run(it.writer.finish(), &heard));
  EXPECT_EQ(it.body(heard), body);
  EXPECT_TRUE(it.writer.finished());
}

TEST(ConnectionWriter, WaitsAgainWhenACancelledReadEndsItsWait) {
  Writer it;
  it.writer.start(plain());
  const std::string body(4 << 20, 'x');
  it.writer.respond(Response(200).body(body, "text/plain"));
  ASSERT_EQ(it.writer.write_response(), Sent::kSome);
  std::optional<error_code> done;
  asio::co_spawn(it.pair.worker.context, it.writer.finish(),
                 [&](const std::exception_ptr&, error_code error) { done = error; });
  it.pair.worker.context.poll();
  for (int i = 0; i < 3; ++i) {
    it.pair.socket.cancel();
    it.pair.worker.context.restart();
    it.pair.worker.context.poll();
    ASSERT_FALSE(done) << "the client has read nothing yet";
  }
  std::string heard;
  while (!done) {
    heard += it.pair.hear();
    it.pair.worker.context.restart();
    it.pair.worker.context.poll();
  }
  EXPECT_FALSE(*done);
  EXPECT_EQ(it.body(heard), body);
}

TEST(ConnectionWriter, KeepsTheOrderOfWhatTheKernelDoesNotTake) {
  Writer it;
  it.writer.start({.request_id = "r1", .http10 = true, .keep_alive = true});
  EXPECT_FALSE(it.pair.run(it.writer.begin({})));
  EXPECT_FALSE(it.writer.keeps_alive());  // HTTP/1.0 can end a stream in no other way
  const std::string filled = it.fill();
  EXPECT_FALSE(it.writer.write_event_now("event", "5\r\nevent\r\n"));
  it.writer.write_comment_now("dropped while something waits");
  EXPECT_EQ(it.writer.finish_now(), Sent::kSome);
  std::string heard;
  EXPECT_FALSE(it.pair.run(it.writer.write(filled), &heard));
  EXPECT_EQ(it.writer.finish_now(), Sent::kAll);
  EXPECT_EQ(it.body(heard), filled + "event");
}

TEST(ConnectionWriter, FramesAStreamAsChunks) {
  Writer it;
  it.writer.start(plain());
  EXPECT_FALSE(it.pair.run(it.writer.begin({})));
  EXPECT_TRUE(it.writer.write_now("hello world, hello"));
  EXPECT_TRUE(it.writer.write_event_now("event", "5\r\nevent\r\n"));
  it.writer.write_comment_now(":\n\n");
  EXPECT_EQ(it.writer.finish_now(), Sent::kAll);
  it.writer.write_comment_now("behind the end");
  EXPECT_EQ(it.body(""), "12\r\nhello world, hello\r\n5\r\nevent\r\n3\r\n:\n\n\r\n0\r\n\r\n");
}

TEST(ConnectionWriter, WritesNoBodyForHead) {
  Writer it;
  it.writer.start({.request_id = "r1", .is_head = true, .keep_alive = true});
  it.writer.respond(Response(200).body(std::string("hello"), "text/plain"));
  EXPECT_EQ(it.writer.write_response(), Sent::kAll);
  EXPECT_TRUE(it.pair.hear().ends_with("Content-Length: 5\r\n\r\n"));
  it.writer.start({.request_id = "r2", .is_head = true, .keep_alive = true});
  EXPECT_FALSE(it.pair.run(it.writer.begin({})));
  EXPECT_TRUE(it.writer.write_now("hello"));
  EXPECT_EQ(it.writer.finish_now(), Sent::kAll);
  EXPECT_EQ(it.body(""), "");
}

TEST(ConnectionWriter, SaysThatAnAnswerIsTheLast) {
  Writer it;
  it.writer.start(plain());
  it.writer.close_after();
  it.writer.respond(Response(204));
  EXPECT_EQ(it.writer.write_response(), Sent::kAll);
  EXPECT_TRUE(it.pair.hear().ends_with("Connection: close\r\n\r\n"));
  it.writer.start(plain());
  it.writer.respond(Response(204).close());
  EXPECT_EQ(it.writer.write_response(), Sent::kAll);
  EXPECT_FALSE(it.writer.keeps_alive());
  EXPECT_TRUE(it.pair.hear().ends_with("Connection: close\r\n\r\n"));
}

TEST(ConnectionWriter, GivesUpOnAClientThatDoesNotRead) {
  Timeouts timeouts;
  timeouts.write = std::chrono::milliseconds(5);
  Writer it(SOCK_STREAM, timeouts);
  it.writer.start(plain());
  EXPECT_FALSE(it.pair.run(it.writer.begin({})));
  const std::string filled = it.fill();
  EXPECT_TRUE(it.pair.run(it.writer.write(filled)));
  EXPECT_TRUE(it.stalled.came);
  EXPECT_FALSE(it.writer.finished());
}

TEST(ConnectionWriter, SendsAnInterimAnswerOnlyBeforeTheAnswerAndNeverWaits) {
  constexpr std::string_view kInterim = "HTTP/1.1 100 Continue\r\n\r\n";
  Writer it;
  it.writer.start(plain());
  EXPECT_EQ(it.writer.send_interim_now(kInterim), Sent::kAll);
  EXPECT_EQ(it.pair.hear(), kInterim);
  // No room: nothing is kept, so that a second try sends it whole.
  const std::string filled = it.pair.fill();
  EXPECT_EQ(it.writer.send_interim_now(kInterim), Sent::kSome);
  EXPECT_EQ(it.pair.hear_all(), filled);
  EXPECT_EQ(it.writer.send_interim_now(kInterim), Sent::kAll);
  EXPECT_EQ(it.pair.hear(), kInterim);
  it.writer.respond(Response(204));
  EXPECT_EQ(it.writer.write_response(), Sent::kAll);
  EXPECT_EQ(it.writer.send_interim_now(kInterim), Sent::kAll);
  EXPECT_TRUE(it.pair.hear_all().ends_with("\r\n\r\n")) << "the answer's end";
  EXPECT_EQ(it.pair.hear_all(), "") << "the answer has begun";
}

TEST(ConnectionWriter, SendsTheRestOfAnInterimAnswerBeforeTheHead) {
  const std::string interim = "HTTP/1.1 100 " + std::string(1 << 20, 'x') + "\r\n\r\n";
  for (const bool again : {false, true}) {
    Writer it;
    it.writer.start(plain());
    ASSERT_EQ(it.writer.send_interim_now(interim), Sent::kSome) << "a part";
    std::string heard = it.pair.hear_all();
    ASSERT_FALSE(heard.empty());
    while (again && it.writer.send_interim_now(interim) == Sent::kSome) heard += it.pair.hear_all();
    it.writer.respond(Response(204));
    if (it.writer.write_response() == Sent::kSome) {
      EXPECT_FALSE(it.pair.run(it.writer.finish(), &heard));
    }
    heard += it.pair.hear_all();
    EXPECT_TRUE(heard.starts_with(interim + "HTTP/1.1 204 ")) << heard.size();
  }
}

TEST(ConnectionWriter, FailsOnAClosedSocket) {
  Writer it;
  it.writer.start(plain());
  EXPECT_FALSE(it.pair.run(it.writer.begin({})));
  it.pair.socket.close();
  EXPECT_FALSE(it.writer.write_now("hello"));
  EXPECT_EQ(it.writer.finish_now(), Sent::kFailed);
  EXPECT_TRUE(it.pair.run(it.writer.finish()));
}

}  // namespace
}  // namespace portcullis::bff
