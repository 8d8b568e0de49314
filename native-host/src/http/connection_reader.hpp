// The receiving half of a connection: request heads, bodies, and detection of the client's end.
//
// Decides where heads and bodies end (head_scanner.hpp, head_parser.hpp, chunk_decoder.hpp), what
// is refused, how long to wait (Timeouts: head, idle, body_piece, linger) and how much memory to
// use. Answers and the connection's future are decided by its owner, from Head, body_failed() and
// rest_is_short().
//
// Memory grows with received bytes only. While waiting for a first byte, the next request or more
// of a body, no buffer is held (Worker::arrival). A head takes its own length, a body what its
// allowance permits. Up to 4 KiB of following requests are kept during an answer.
//
// connection_reader_body.cpp reads bodies. Belongs to the thread of its Worker; one awaited call at
// a time.
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

/// Reads from one client.
class ConnectionReader {
 public:
  /// The result of read_head().
  enum class Head : std::uint8_t {
    kRequest,  ///< request() is complete
    kRefused,  ///< refusal() has the reason; request() what was read so far
    kEnd,      ///< the client closed or was idle too long: nothing to answer
  };

  /// `writer` sends "100 Continue". All three must outlive this.
  ConnectionReader(Worker& worker, ReadySocket& socket, ConnectionWriter& writer)
      : worker_(worker), socket_(socket), writer_(writer) {}
  ConnectionReader(const ConnectionReader&) = delete;
  ConnectionReader& operator=(const ConnectionReader&) = delete;

  // --- the head

  /// Reads the next head. `need_host` as for parse_head(). After kRefused the start of the next
  /// request is unknown.
  [[nodiscard]] asio::awaitable<Head> read_head(bool need_host);
  /// The request: views into the head; empty after forget_head().
  [[nodiscard]] const Request& request() const noexcept { return request_; }
  /// Why the last head was refused, else kAllowed.
  [[nodiscard]] Code refusal() const noexcept { return refusal_; }
  /// One sentence on the refusal (static text), or empty.
  [[nodiscard]] std::string_view refusal_detail() const noexcept { return refusal_detail_; }
  /// Frees the head and its field list.
  void forget_head();
  /// The server is shutting down: waiting for a next request ends after Timeouts::drain_idle.
  void drain();
  /// True once per 32 heads read without waiting: let the thread's other connections proceed.
  [[nodiscard]] bool turn_is_over() noexcept;

  // --- the body

  /// Starts the body of request(), without an allowance.
  void start_body();
  /// Whether the request has a body.
  [[nodiscard]] bool has_body() const noexcept { return body_ != Body::kNone; }
  /// The body's length in bytes; nullopt if chunked.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  /// Whether the body is read to its end; true without a body.
  [[nodiscard]] bool body_done() const noexcept { return body_done_; }
  /// Whether the body was malformed, incomplete or too slow. The connection must then end.
  [[nodiscard]] bool body_failed() const noexcept { return body_failed_; }
  /// See Exchange for these three.
  void allow_body(std::unique_ptr<BodyAllowance> allowance) { allowance_ = std::move(allowance); }
  [[nodiscard]] Code hold_body(std::size_t bytes) {
    return allowance_ ? allowance_->hold(bytes) : Code::kAllowed;
  }
  [[nodiscard]] asio::awaitable<Code> read_body(std::string& into, std::size_t limit);
  /// See ClientSide for these two.
  [[nodiscard]] asio::awaitable<std::size_t> read_more(std::string& into, std::size_t most,
                                                       error_code& error);
  void cancel_read();
  /// Called when the answer begins: a body read to its end has been used and no longer counts as
  /// memory.
  void answer_begins();

  // --- the rest of the body once the answer is known

  /// Decodes the received part of an unread chunked body. Returns false if it is malformed. Does
  /// not wait.
  [[nodiscard]] bool look_at_unread_body();
  /// Whether drain_body() is likely to succeed: at most 256 KiB of a known length remain, and the
  /// client sends them without "100 Continue".
  [[nodiscard]] bool rest_is_short() const noexcept;
  /// Releases the allowance.
  void end_body() noexcept { allowance_.reset(); }
  /// Reads and discards the rest. Returns false if it failed, exceeds 256 KiB or may never arrive.
  [[nodiscard]] asio::awaitable<bool> drain_body();
  /// Frees the buffer for following requests if it is empty.
  void trim();

  // --- the client's end

  /// Whether the client is known to be gone or the socket is closed.
  [[nodiscard]] bool peer_closed() const noexcept { return peer_closed_ || !socket_.is_open(); }
  /// Records that the client is gone.
  void note_peer_closed() noexcept { peer_closed_ = true; }
  /// Checks whether the client is gone. Moves bytes of its next request out of the socket, because
  /// they would end every wait at once. Two system calls.
  [[nodiscard]] bool look_at_peer();
  /// Waits, without error, until look_at_peer() may have a new result. A client that sends more
  /// than is read ahead keeps the socket readable, so it is checked every Timeouts::peer_look.
  template <typename Token>
  auto wait_for_peer(Token&& token) {
    if (pending_.size() < kMaxReadAhead) {
      return socket_.async_wait(ReadySocket::Way::kRead, std::forward<Token>(token));
    }
    if (!peer_timer_) peer_timer_ = std::make_unique<asio::steady_timer>(worker_.context);
    peer_timer_->expires_after(worker_.timeouts.peer_look);
    return peer_timer_->async_wait(std::forward<Token>(token));
  }
  /// See ClientSide.
  [[nodiscard]] asio::awaitable<void> wait_closed();
  /// Ends all waits for the client with operation_aborted.
  void cancel_waits() noexcept;
  /// After the last answer: discards what the client still sends until it closes, is silent for
  /// Timeouts::linger, or reaches 15 times that duration or 64 MiB.
  [[nodiscard]] asio::awaitable<void> linger();

  /// Clears the deadline.
  void clear_deadline() noexcept { Watchdog::clear(deadline_); }

 private:
  enum class Body : std::uint8_t { kNone, kLength, kChunked };
  enum class Reading : std::uint8_t { kNo, kYes, kCancelled };
  struct Deadline final : Watched {
    explicit Deadline(ConnectionReader& reader) : owner(reader) {}
    void on_deadline() override { owner.on_deadline(); }
    ConnectionReader& owner;
  };
  /// Bytes of following requests read during an answer.
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

  // The head being read, and bytes received behind it.
  std::unique_ptr<char[]> head_;
  std::uint32_t head_capacity_ = 0;
  std::uint32_t head_size_ = 0;
  std::string pending_;
  HeadScanner scanner_;
  Request request_;
  std::string refusal_detail_;
  Code refusal_ = Code::kAllowed;
  std::uint8_t at_once_ = 0;  // heads read without waiting
  bool timed_out_ = false;
  bool idle_ = false;  // waiting for the first byte of a next request

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

  std::unique_ptr<asio::steady_timer> peer_timer_;  // for a client that sends ahead
  Deadline deadline_{*this};
};

}  // namespace portcullis::bff
