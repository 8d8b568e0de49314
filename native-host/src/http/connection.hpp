// One client connection: handles requests one after the other, each by the Service, until either
// side ends it (RFC 9112, section 9.3). Pipelined requests wait.
//
// Owns the socket, its reader (connection_reader.hpp) and its writer (connection_writer.hpp).
// Decides which of them is active, whether another request follows, and when and how the socket is
// closed (by a reset if a message must not look complete). Handlers use it as an Exchange, the
// reverse proxy as a ClientSide; see the contracts there.
//
// Memory: the socket, this object and waiting coroutines; a parked stream has no coroutines.
// connection_stream.cpp has the support for long-lived answers. Belongs to the thread of its
// Worker.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/client_side.hpp"
#include "http/connection_reader.hpp"
#include "http/connection_writer.hpp"
#include "http/exchange.hpp"
#include "http/ready_socket.hpp"
#include "http/service.hpp"
#include "http/worker.hpp"

namespace portcullis::bff {

/// The client's address in normal form (ip_address.hpp), or "unknown".
[[nodiscard]] std::string peer_address(const Tcp::socket& socket);

/// One client connection.
class Connection final : public Exchange,
                         public ClientSide,
                         public ConnectionLink,
                         public std::enable_shared_from_this<Connection> {
 public:
  /// `slot` of the listener is held while the connection is open. Takes over the connection that
  /// the listener counted (ServerLoad::connections).
  Connection(Worker& worker, Service& service, Tcp::socket socket, ConnectionQuota::Slot slot = {});
  ~Connection() override;

  /// Runs until the connection ends or is parked; keeps the object alive. Does not throw. `rest`:
  /// the remainder of a parked handler.
  static asio::awaitable<void> run(std::shared_ptr<Connection> self,
                                   asio::awaitable<void> rest = {});

  // ConnectionLink
  void drain() override { reader_.drain(); }
  void close_now() override { abort(); }
  void let_go() override { parked_.reset(); }

  // Exchange: the request
  const Request& request() const override { return reader_.request(); }
  const std::string& request_id() const override { return request_id_; }
  std::string_view peer() const override { return peer_; }
  asio::any_io_executor executor() override { return socket_.get_executor(); }
  void allow_body(std::unique_ptr<BodyAllowance> allowance) override {
    reader_.allow_body(std::move(allowance));
  }
  Code hold_body(std::size_t bytes) override { return reader_.hold_body(bytes); }
  asio::awaitable<Code> read_body(std::string& into, std::size_t limit) override {
    return reader_.read_body(into, limit);
  }
  void forget_request() override { reader_.forget_head(); }

  // Exchange: the answer
  void set_headers(const SecurityHeaders& headers, std::shared_ptr<const void> owner) override {
    writer_.set_headers(headers, std::move(owner));
  }
  void add_header_lines(std::string_view lines) override { writer_.add_header_lines(lines); }
  void respond(Response response) override { writer_.respond(std::move(response)); }
  asio::awaitable<error_code> begin(StreamHead head) override;
  bool write_now(std::string_view bytes) override { return writer_.write_now(bytes); }
  asio::awaitable<error_code> write(std::string_view bytes) override {
    return writer_.write(bytes);
  }
  asio::awaitable<error_code> finish() override { return writer_.finish(); }
  void abort() override;
  asio::awaitable<void> send_raw_and_abort(std::string bytes) override;
  bool started() const override { return writer_.started(); }

  // Exchange: end of the exchange
  void on_peer_closed(std::function<void()> then) override;
  bool peer_closed() const override { return reader_.peer_closed(); }
  std::shared_ptr<void>& attachment() override { return attachment_; }
  bool draining() const override { return worker_.load.draining.load(std::memory_order_relaxed); }
  ClientSide& client_side() override { return *this; }

  // Exchange: long-lived streams
  bool write_event_now(std::string_view plain, std::string_view chunk) override {
    return writer_.write_event_now(plain, chunk);
  }
  void fetch_ahead() const noexcept override {
    __builtin_prefetch(&socket_);
    writer_.fetch_ahead();
  }
  void park() override { parked_ = shared_from_this(); }
  void resume(asio::awaitable<void> rest) override;

  // ClientSide
  bool has_request_body() const override { return reader_.has_body(); }
  std::optional<std::uint64_t> request_content_length() const override {
    return reader_.content_length();
  }
  asio::awaitable<std::size_t> read_more(std::string& into, std::size_t most,
                                         error_code& error) override {
    return reader_.read_more(into, most, error);
  }
  void cancel_read() override { reader_.cancel_read(); }
  asio::awaitable<error_code> begin_response(ResponseHead head, asio::const_buffer first) override;
  std::optional<error_code> begin_response_now(ResponseHead& head,
                                               asio::const_buffer first) override;
  bool finish_now() override;
  asio::awaitable<error_code> write_some(asio::const_buffer bytes) override {
    return writer_.write_some({static_cast<const char*>(bytes.data()), bytes.size()});
  }
  void write_comment_now(std::string_view comment) override { writer_.write_comment_now(comment); }
  std::string remote_ip() const override { return peer_; }
  bool is_closed() const override { return peer_closed(); }
  asio::awaitable<void> wait_closed() override { return reader_.wait_closed(); }

 private:
  /// Closes the connection of a client that does not read the answer.
  struct Stalled final : Watched {
    explicit Stalled(Connection& connection) : owner(connection) {}
    void on_deadline() override { owner.abort(); }
    Connection& owner;
  };

  asio::awaitable<void> loop(asio::awaitable<void>& rest);
  void start_exchange();
  void answer_begins();
  asio::awaitable<bool> conclude();
  [[nodiscard]] bool aborted() const noexcept { return !socket_.is_open(); }

  // connection_stream.cpp
  void watch_peer();
  void peer_is_gone();
  void stop_watching_peer();

  Worker& worker_;
  Service& service_;
  ReadySocket socket_;
  std::string peer_;
  const ConnectionQuota::Slot slot_;
  std::string request_id_;
  Stalled stalled_{*this};
  ConnectionWriter writer_;
  ConnectionReader reader_;
  std::function<void()> peer_watch_;
  std::shared_ptr<void> attachment_;
  std::shared_ptr<Connection> parked_;  // keeps this alive while no coroutine does
  bool watching_peer_ = false;
  bool linger_ = false;
};

}  // namespace portcullis::bff
