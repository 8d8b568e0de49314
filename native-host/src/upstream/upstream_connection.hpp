// One connection to an upstream, plain or TLS, with its two deadlines and its read buffer. Belongs
// to the thread of its io_context.
//
// A plain one reads and writes with the system calls that are needed and no more
// (ready_socket.hpp); a TLS one by Asio's stream.
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

class UpstreamConnection {
 public:
  using TlsStream = asio::ssl::stream<Tcp::socket&>;

  UpstreamConnection(asio::io_context& context, Watchdog& watchdog, std::string pool_key);
  ~UpstreamConnection();
  UpstreamConnection(const UpstreamConnection&) = delete;
  UpstreamConnection& operator=(const UpstreamConnection&) = delete;

  /// While it connects, and below TLS.
  [[nodiscard]] Tcp::socket& socket() noexcept { return socket_; }
  [[nodiscard]] std::optional<TlsStream>& tls() noexcept { return tls_; }
  [[nodiscard]] beast::flat_buffer& buffer() noexcept { return buffer_; }
  [[nodiscard]] const std::string& pool_key() const noexcept { return pool_key_; }

  /// It is connected and there will be no TLS: from here on reads and writes go straight.
  void become_plain();

  /// Closes the socket; what is outstanding ends with an error.
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// A deadline passed and closed it.
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

  /// Closes a moment later, whatever comes until then: no other deadline counts any more.
  void close_soon();
  void read_deadline(std::chrono::steady_clock::duration within);
  void write_deadline(std::chrono::steady_clock::duration within);
  void clear_read_deadline() noexcept {
    if (!closes_soon_) Watchdog::clear(read_);
  }
  void clear_write_deadline() noexcept { Watchdog::clear(write_); }

  /// True when the peer has closed or sent something unasked: not fit for another request. One
  /// system call that does not block.
  [[nodiscard]] bool stale();

  std::chrono::steady_clock::time_point idle_since{};  ///< while it is in the pool

  /// What is there now; would_block when that is nothing, and always for TLS: then read_some().
  std::size_t read_now(asio::mutable_buffer into, error_code& error) noexcept;
  /// What to wait on after would_block, without a coroutine of its own; null for TLS: read_some().
  [[nodiscard]] ReadySocket* plain() noexcept { return tls_ ? nullptr : &plain_; }
  /// At least one byte, or an error (eof at the end).
  [[nodiscard]] asio::awaitable<std::size_t> read_some(asio::mutable_buffer into,
                                                       error_code& error);
  /// Writes what the kernel takes without waiting, and takes it off the buffers' fronts; false when
  /// write_some() has to go on (always for TLS).
  [[nodiscard]] bool write_now(asio::const_buffer& first, asio::const_buffer& second,
                               error_code& error);
  /// Writes some of `first`, then of `second`: how many bytes of both.
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
