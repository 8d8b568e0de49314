// One connection to an upstream, plain or TLS, with two deadlines and a read buffer. Used on the
// thread of its io_context only. Plain connections use the minimum of system calls
// (ready_socket.hpp); TLS uses Asio's stream.
#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/asio.hpp"
#include "base/watchdog.hpp"
#include "http/ready_socket.hpp"

namespace portcullis::bff {

/// A connection that the pool or a lease owns.
class UpstreamConnection {
 public:
  using TlsStream = asio::ssl::stream<Tcp::socket&>;

  UpstreamConnection(asio::io_context& context, Watchdog& watchdog, std::string pool_key);
  ~UpstreamConnection();
  UpstreamConnection(const UpstreamConnection&) = delete;
  UpstreamConnection& operator=(const UpstreamConnection&) = delete;

  /// The socket, for connecting and below TLS.
  [[nodiscard]] Tcp::socket& socket() noexcept { return socket_; }
  /// The TLS stream; empty for a plain connection.
  [[nodiscard]] std::optional<TlsStream>& tls() noexcept { return tls_; }
  /// Bytes that were read but not parsed.
  [[nodiscard]] beast::flat_buffer& buffer() noexcept { return buffer_; }
  /// UpstreamTarget::pool_key of the connection.
  [[nodiscard]] const std::string& pool_key() const noexcept { return pool_key_; }

  /// Call once connected without TLS: reads and writes then bypass Asio's stream.
  void become_plain();

  /// Closes the socket; pending operations fail.
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// Whether a deadline closed it.
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

  /// Closes it shortly, whatever happens until then; other deadlines no longer apply.
  void close_soon();
  /// Closes the connection unless renewed or cleared within this time. The same for writes below.
  /// Removes the deadline, except after close_soon().
  void read_deadline(std::chrono::steady_clock::duration within);
  void write_deadline(std::chrono::steady_clock::duration within);
  void clear_read_deadline() noexcept {
    if (!closes_soon_) Watchdog::clear(read_);
  }
  void clear_write_deadline() noexcept { Watchdog::clear(write_); }

  /// Whether the peer has closed or sent unrequested data, so that it cannot be reused. One
  /// non-blocking system call.
  [[nodiscard]] bool stale();

  std::chrono::steady_clock::time_point idle_since{};  ///< while in the pool

  /// Reads what is available; would_block if there is nothing, and always for TLS: then use
  /// read_some().
  std::size_t read_now(asio::mutable_buffer into, error_code& error) noexcept;
  /// What to wait on after would_block without a coroutine; null for TLS: then use read_some().
  [[nodiscard]] ReadySocket* plain() noexcept { return tls_ ? nullptr : &plain_; }
  /// Reads at least one byte, or fails (eof at the end).
  [[nodiscard]] asio::awaitable<std::size_t> read_some(asio::mutable_buffer into,
                                                       error_code& error);
  /// Writes what the kernel accepts without waiting and removes it from the buffers; false if
  /// write_some() must continue (always for TLS).
  [[nodiscard]] bool write_now(asio::const_buffer& first, asio::const_buffer& second,
                               error_code& error);
  /// Writes some of `first`, then of `second`; returns the bytes written of both.
  [[nodiscard]] asio::awaitable<std::size_t> write_some(asio::const_buffer first,
                                                        asio::const_buffer second,
                                                        error_code& error);

 private:
  struct Deadline final : Watched {
    explicit Deadline(UpstreamConnection& connection) : owner(connection) {}
    void on_deadline() override;
    UpstreamConnection& owner;
  };

  Watchdog& watchdog_;
  std::string pool_key_;
  Tcp::socket socket_;
  ReadySocket plain_;
  std::optional<TlsStream> tls_;
  beast::flat_buffer buffer_;
  Deadline read_{*this};
  Deadline write_{*this};
  bool closed_ = false;
  bool closes_soon_ = false;
  bool timed_out_ = false;
};
using UpstreamConnectionPtr = std::unique_ptr<UpstreamConnection>;

}  // namespace portcullis::bff
