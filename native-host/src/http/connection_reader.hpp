// What one client sends: request heads, their bodies, and its end.
//
// Decides where a head and a body end (head_scanner.hpp, head_parser.hpp, chunk_decoder.hpp), what
// is refused of them, how long to wait for bytes (Timeouts: head, idle, body_piece, linger), and
// how much memory they take. Does not decide what is answered, and whether the connection goes on:
// it says what it knows (Head, body_failed(), rest_is_short()).
//
// Memory grows with what arrives. A connection that waits for its first byte, for the next request
// or for the next bytes of a body holds no buffer for them (Worker::arrival); a head takes its own
// length, a body what its allowance gives. Bytes of next requests are kept, up to 4 KiB while an
// answer goes on.
//
// connection_reader.cpp reads heads and watches for the client's end, connection_reader_body.cpp
// reads bodies. Belongs to the thread of its Worker. One awaited call at a time.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/body_allowance.hpp"
#include "http/chunk_decoder.hpp"
#include "http/connection_writer.hpp"
#include "http/head_scanner.hpp"
#include "http/ready_socket.hpp"
#include "http/request.hpp"
#include "http/worker.hpp"

namespace portcullis::bff {

class ConnectionReader {
 public:
  enum class Head : std::uint8_t {
    kRequest,  ///< request() is whole
    kRefused,  ///< refusal() says why; request() has what was read until then
    kEnd,      ///< the client closed, or was idle for too long: nothing to answer
  };

  /// `writer` sends "100 Continue". All three outlive this.
  ConnectionReader(Worker& worker, ReadySocket& socket, ConnectionWriter& writer)
      : worker_(worker), socket_(socket), writer_(writer) {}
  ConnectionReader(const ConnectionReader&) = delete;
  ConnectionReader& operator=(const ConnectionReader&) = delete;

  // --- the head

  /// Reads the next one. `need_host`: as parse_head(). After kRefused the start of a next request
  /// is not known.
  [[nodiscard]] asio::awaitable<Head> read_head(bool need_host);
  /// Views into the head; empty after forget_head().
  [[nodiscard]] const Request& request() const noexcept { return request_; }
  /// Why the last head was refused; kAllowed otherwise.
  [[nodiscard]] Code refusal() const noexcept { return refusal_; }
  [[nodiscard]] std::string_view refusal_detail() const noexcept { return refusal_detail_; }
  /// Frees the head and its list of fields.
  void forget_head();
  /// The server shuts down: a wait for a next request ends after Timeouts::drain_idle.
  void drain();
  /// True once for each 32 heads that were read without a wait in between: it is the turn of the
  /// thread's other connections.
  [[nodiscard]] bool turn_is_over() noexcept;

  // --- the body

  /// Begins the body of request(), with no allowance.
  void start_body();
  [[nodiscard]] bool has_body() const noexcept { return body_ != Body::kNone; }
  /// nullopt for a chunked one.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  /// Read to its end; true if there is none.
  [[nodiscard]] bool body_done() const noexcept { return body_done_; }
  /// Malformed, broken off or too slow: this request is the connection's last.
  [[nodiscard]] bool body_failed() const noexcept { return body_failed_; }
  /// Exchange has the contract of these three.
  void allow_body(std::unique_ptr<BodyAllowance> allowance) { allowance_ = std::move(allowance); }
  [[nodiscard]] Code hold_body(std::size_t bytes) {
    return allowance_ ? allowance_->hold(bytes) : Code::kAllowed;
  }
  [[nodiscard]] asio::awaitable<Code> read_body(std::string& into, std::size_t limit);
  /// ClientSide has the contract of these two.
  [[nodiscard]] asio::awaitable<std::size_t> read_more(std::string& into, std::size_t most,
                                                       error_code& error);
  void cancel_read();
  /// The answer begins: a body that was read to its end is used by now, and takes no memory.
  void answer_begins();

  // --- what is left of the body when the answer is known

  /// Looks at what has arrived of a chunked body that was not read: false if it is malformed. Waits
  /// for nothing.
  [[nodiscard]] bool look_at_unread_body();
  /// Whether drain_body() can be expected to succeed: at most 256 KiB of a known length, which the
  /// client sends without a "100 Continue".
  [[nodiscard]] bool rest_is_short() const noexcept;
  /// Gives the allowance back.
  void end_body() noexcept { allowance_.reset(); }
  /// Reads the rest and drops it. False: it failed, is longer than 256 KiB, or may never come.
  [[nodiscard]] asio::awaitable<bool> drain_body();
  /// Gives back memory for bytes of next requests, where none are kept.
  void trim();

  // --- the client's end

  /// Known to be gone, or the socket is closed.
  [[nodiscard]] bool peer_closed() const noexcept { return peer_closed_ || !socket_.is_open(); }
  /// The client was found to be gone.
  void note_peer_closed() noexcept { peer_closed_ = true; }
  /// Whether the client is gone. Takes bytes of its next request out of the socket, since a wait
  /// would be over at once for as long as they are there. Two system calls.
  [[nodiscard]] bool look_at_peer();
  /// Waits until look_at_peer() may say something else; no error then. A client that sends more
  /// ahead than is taken (there is always something to read) is looked at every
  /// Timeouts::peer_look.
  template <typename Token>
  auto wait_for_peer(Token&& token) {
    if (pending_.size() < kMaxReadAhead) {
      return socket_.async_wait(ReadySocket::Way::kRead, std::forward<Token>(token));
    }
    if (!peer_timer_) peer_timer_ = std::make_unique<asio::steady_timer>(worker_.context);
    peer_timer_->expires_after(worker_.timeouts.peer_look);
    return peer_timer_->async_wait(std::forward<Token>(token));
  }
  /// ClientSide has its contract.
  [[nodiscard]] asio::awaitable<void> wait_closed();
  /// Ends every wait for the client, with operation_aborted.
  void cancel_waits() noexcept;
  /// After the last answer: drops what the client still sends, until it closes, sends nothing for
  /// Timeouts::linger, or has taken 15 times as long or 64 MiB.
  [[nodiscard]] asio::awaitable<void> linger();

  /// No deadline runs any more.
  void clear_deadline() noexcept { Watchdog::clear(deadline_); }

 private:
  enum class Body : std::uint8_t { kNone, kLength, kChunked };
  enum class Reading : std::uint8_t { kNo, kYes, kCancelled };
  struct Deadline final : Watched {
    explicit Deadline(ConnectionReader& reader) : owner(reader) {}
    void on_deadline() override { owner.on_deadline(); }
    ConnectionReader& owner;
  };
  /// Bytes of next requests that are taken while an answer goes on.
  static constexpr std::size_t kMaxReadAhead = 4096;

  [[nodiscard]] std::size_t max_head_bytes() const noexcept;
  bool grow_head(std::size_t needed);
  void take_pending(std::size_t& from_pending);
  void receive_head(error_code& error);
  [[nodiscard]] bool came_as_idle_time_ended();
  Head end_of_head();
  void keep_behind_head(std::size_t from_pending);
  Head refuse(Code code, std::string detail);
  Head refuse_scanned(bool need_host);
  Head parse(bool need_host);
  void watch_head(bool started);
  void on_deadline();

  // connection_reader_body.cpp
  std::size_t room_for(std::size_t held, std::size_t wanted, error_code& error);
  std::string_view arrived(std::size_t room, error_code& error);
  asio::awaitable<void> read_piece(std::string& into, std::size_t most, error_code& error);
  void take(std::string& into, std::size_t room, error_code& error);
  asio::awaitable<void> wait_for_bytes(error_code& error);
  [[nodiscard]] bool too_slow() const;

  Worker& worker_;
  ReadySocket& socket_;
  ConnectionWriter& writer_;

  // The head that is being read, and bytes that came behind it.
  std::unique_ptr<char[]> head_;
  std::uint32_t head_capacity_ = 0;
  std::uint32_t head_size_ = 0;
  std::string pending_;
  HeadScanner scanner_;
  Request request_;
  std::string refusal_detail_;
  Code refusal_ = Code::kAllowed;
  std::uint8_t at_once_ = 0;  // heads without a wait in between
  bool timed_out_ = false;
  bool idle_ = false;  // waits for a next request's first byte

  // The body.
  Body body_ = Body::kNone;
  Reading reading_ = Reading::kNo;  // read_more() or wait_closed()
  bool body_done_ = true;
  bool body_failed_ = false;
  bool continue_due_ = false;
  bool peer_closed_ = false;
  Code body_refusal_ = Code::kAllowed;
  std::uint64_t body_left_ = 0;
  std::uint64_t body_read_ = 0;
  ChunkDecoder chunks_;
  std::unique_ptr<BodyAllowance> allowance_;
  std::chrono::steady_clock::time_point body_started_{};

  std::unique_ptr<asio::steady_timer> peer_timer_;  // of a client that sends ahead
  Deadline deadline_{*this};
};

}  // namespace portcullis::bff
