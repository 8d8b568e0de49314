// One client's connection: reads requests one after the other, hands each to the Service, writes
// the answer, and goes on while both sides want to (RFC 9112, 9.3). Pipelined requests wait their
// turn.
//
// Memory: it grows with what arrives. A connection that waits for its first byte, for the next
// request or for a body's next bytes holds no buffer for them (Worker::arrival); a head takes what
// it is long, a body what its allowance gives. The head's buffer and field list are freed for
// streams, too (forget_request); what stays is the socket, this object and the coroutines that
// wait. A stream that is parked has none.
//
// connection.cpp has its life, connection_head.cpp the request's head, connection_body.cpp its
// body, connection_write.cpp the answer, connection_stream.cpp what only answers need that live
// long.
#pragma once

#include <sys/uio.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "http/chunk_decoder.hpp"
#include "http/client_side.hpp"
#include "http/exchange.hpp"
#include "http/head_scanner.hpp"
#include "http/ready_socket.hpp"
#include "http/service.hpp"
#include "http/worker.hpp"

namespace portcullis::bff {

/// The client's address in normal form (ip_address.hpp), or "unknown".
[[nodiscard]] std::string peer_address(const Tcp::socket& socket);

class Connection final : public Exchange,
                         public ClientSide,
                         public ConnectionLink,
                         public std::enable_shared_from_this<Connection> {
 public:
  /// `slot`: of the listener; held as long as the connection is open. Takes over the place that the
  /// listener counted (ServerLoad::connections).
  Connection(Worker& worker, Service& service, Tcp::socket socket, ConnectionQuota::Slot slot = {});
  ~Connection() override;

  /// Runs until the connection ends or is parked; holds the object alive. Does not throw. `rest`:
  /// of a handler that was parked.
  static asio::awaitable<void> run(std::shared_ptr<Connection> self,
                                   asio::awaitable<void> rest = {});

  // ConnectionLink
  void drain() override;
  void close_now() override { abort(); }
  void let_go() override { parked_.reset(); }

  // Exchange
  const Request& request() const override { return request_; }
  const std::string& request_id() const override { return request_id_; }
  std::string_view peer() const override { return peer_; }
  asio::any_io_executor executor() override { return socket_.get_executor(); }
  void set_headers(const SecurityHeaders& headers, std::shared_ptr<const void> owner) override;
  void add_header_lines(std::string_view lines) override { extra_lines_ = lines; }
  void allow_body(std::unique_ptr<BodyAllowance> allowance) override {
    allowance_ = std::move(allowance);
  }
  Code hold_body(std::size_t bytes) override {
    return allowance_ ? allowance_->hold(bytes) : Code::kAllowed;
  }
  asio::awaitable<Code> read_body(std::string& into, std::size_t limit) override;
  void respond(Response response) override;
  asio::awaitable<error_code> begin(StreamHead head) override;
  bool write_now(std::string_view bytes) override;
  bool write_event_now(std::string_view plain, std::string_view chunk) override;
  void fetch_ahead() const noexcept override {
    __builtin_prefetch(&socket_);
    __builtin_prefetch(&unsent_, 1);
    __builtin_prefetch(&bytes_out_, 1);
  }
  asio::awaitable<error_code> write(std::string_view bytes) override;
  asio::awaitable<error_code> finish() override;
  void abort() override;
  asio::awaitable<void> send_raw_and_abort(std::string bytes) override;
  void forget_request() override { forget_head(); }
  void on_peer_closed(std::function<void()> then) override;
  bool peer_closed() const override { return peer_closed_ || aborted_; }
  void park() override { parked_ = shared_from_this(); }
  void resume(asio::awaitable<void> rest) override;
  std::shared_ptr<void>& attachment() override { return attachment_; }
  bool started() const override { return started_; }
  bool draining() const override { return worker_.load.draining.load(std::memory_order_relaxed); }
  ClientSide& client_side() override { return *this; }

  // ClientSide
  bool has_request_body() const override { return body_ != Body::kNone; }
  std::optional<std::uint64_t> request_content_length() const override;
  asio::awaitable<std::size_t> read_more(std::string& into, std::size_t most,
                                         error_code& error) override;
  void cancel_read() override;
  asio::awaitable<error_code> begin_response(ResponseHead head, asio::const_buffer first) override;
  std::optional<error_code> begin_response_now(ResponseHead& head,
                                               asio::const_buffer first) override;
  bool finish_now() override;
  asio::awaitable<error_code> write_some(asio::const_buffer bytes) override;
  void write_comment_now(std::string_view comment) override;
  std::string remote_ip() const override { return peer_; }
  bool is_closed() const override { return peer_closed(); }
  asio::awaitable<void> wait_closed() override;

 private:
  enum class Body : std::uint8_t { kNone, kLength, kChunked };
  struct Deadline final : Watched {
    Deadline(Connection& owner, void (Connection::*action)()) : owner_(owner), action_(action) {}
    void on_deadline() override { (owner_.*action_)(); }
    Connection& owner_;
    void (Connection::*action_)();
  };
  using Pieces = std::array<iovec, 4>;
  /// Bytes of next requests that are taken while an answer goes on.
  static constexpr std::size_t kMaxReadAhead = 4096;
  enum class Head : std::uint8_t { kRequest, kRefused, kEnd };

  asio::awaitable<void> loop(asio::awaitable<void>& rest);
  asio::awaitable<Head> read_head();
  [[nodiscard]] std::size_t max_head_bytes() const noexcept;
  bool grow_head(std::size_t needed);
  void forget_head();
  std::size_t receive_head(error_code& error);
  void refuse_head();
  void start_exchange();
  asio::awaitable<bool> conclude();
  asio::awaitable<bool> drain_body();
  void look_at_unread_body();
  void watch_head(bool started);
  bool look_at_peer();
  /// Waits until look_at_peer() may say something else. A client that sends more ahead than is
  /// taken of it is looked at now and then: there is always something to read.
  template <typename Token>
  auto wait_for_peer(Token&& token) {
    if (pending_.size() < kMaxReadAhead) {
      return socket_.async_wait(ReadySocket::Way::kRead, std::forward<Token>(token));
    }
    if (!peer_timer_) peer_timer_ = std::make_unique<asio::steady_timer>(worker_.context);
    peer_timer_->expires_after(worker_.timeouts.peer_look);
    return peer_timer_->async_wait(std::forward<Token>(token));
  }
  void cancel_reads() noexcept;
  void watch_peer();
  void peer_is_gone();
  void stop_watching_peer();
  asio::awaitable<void> linger();
  void on_read_deadline();
  void on_write_deadline();

  // connection_body.cpp
  void start_body();
  std::size_t room_for(std::size_t held, std::size_t wanted, error_code& error);
  std::string_view arrived(std::size_t room, error_code& error);
  asio::awaitable<void> read_piece(std::string& into, std::size_t most, error_code& error);
  void take(std::string& into, std::size_t room, error_code& error);
  asio::awaitable<void> send_continue(error_code& error);
  asio::awaitable<void> wait_for_bytes(error_code& error);
  bool too_slow() const;

  // connection_write.cpp
  void append_head(std::string& out, unsigned status, std::string_view lines, bool own_csp,
                   bool own_vary, bool vary_encoding);
  void append_framing(std::string& out, std::optional<std::uint64_t> length, bool has_body);
  enum class Sent : std::uint8_t { kAll, kSome, kFailed };
  Sent send_now(Pieces& pieces);
  asio::awaitable<error_code> send_all(Pieces pieces);
  asio::awaitable<error_code> send_unsent();
  asio::awaitable<error_code> write_behind_unsent(std::string_view bytes);
  bool write_response_now();
  void keep_unsent(const Pieces& pieces);
  void answer_begins();
  Pieces framed(std::string_view bytes, std::string& frame) const;
  [[nodiscard]] bool is_head() const noexcept { return is_head_; }

  Worker& worker_;
  Service& service_;
  ReadySocket socket_;
  std::string peer_;
  const ConnectionQuota::Slot slot_;

  // The head that is being read, and bytes that came behind it.
  std::unique_ptr<char[]> head_;
  std::uint32_t head_capacity_ = 0;
  std::uint32_t head_size_ = 0;
  std::string pending_;
  HeadScanner scanner_;
  Request request_;
  std::string request_id_;
  Code refusal_ = Code::kAllowed;
  std::string refusal_detail_;

  // The body.
  Body body_ = Body::kNone;
  bool body_done_ = true;
  bool body_failed_ = false;
  bool continue_due_ = false;
  std::uint64_t body_left_ = 0;
  std::uint64_t body_read_ = 0;
  ChunkDecoder chunks_;
  std::unique_ptr<BodyAllowance> allowance_;
  Code body_refusal_ = Code::kAllowed;
  std::chrono::steady_clock::time_point body_started_{};
  enum class Reading : std::uint8_t { kNo, kYes, kCancelled };
  Reading reading_ = Reading::kNo;  // read_more() or wait_closed()

  // The answer.
  std::optional<Response> response_;
  const SecurityHeaders* headers_ = nullptr;
  std::shared_ptr<const void> headers_owner_;
  std::string extra_lines_;
  std::function<void()> peer_watch_;
  bool watching_peer_ = false;
  std::unique_ptr<asio::steady_timer> peer_timer_;  // of a client that sends ahead
  std::shared_ptr<void> attachment_;
  std::shared_ptr<Connection> parked_;  // this; no coroutine holds it
  std::string unsent_;
  std::string_view unsent_body_;  // of response_, behind unsent_: never copied
  std::uint64_t bytes_out_ = 0;
  unsigned status_ = 0;
  bool started_ = false;
  bool finished_ = false;
  bool chunked_out_ = false;
  bool is_head_ = false;
  bool http10_ = false;
  bool keep_alive_ = false;
  bool aborted_ = false;
  bool peer_closed_ = false;
  bool read_timed_out_ = false;
  bool idle_ = false;
  bool linger_ = false;
  std::uint8_t at_once_ = 0;  ///< requests without a wait in between

  Deadline read_deadline_{*this, &Connection::on_read_deadline};
  Deadline write_deadline_{*this, &Connection::on_write_deadline};
};

}  // namespace portcullis::bff
