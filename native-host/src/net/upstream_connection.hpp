// One connection to an upstream, plain or TLS, with its two deadlines and its read buffer. A Beast
// AsyncReadStream and AsyncWriteStream. Belongs to the thread of its io_context.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/asio.hpp"
#include "net/watchdog.hpp"

namespace portcullis::bff {

class UpstreamConnection {
 public:
  using executor_type = asio::any_io_executor;
  using TlsStream = asio::ssl::stream<Tcp::socket&>;

  UpstreamConnection(asio::io_context& context, Watchdog& watchdog, std::string pool_key);
  ~UpstreamConnection();
  UpstreamConnection(const UpstreamConnection&) = delete;
  UpstreamConnection& operator=(const UpstreamConnection&) = delete;

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Tcp::socket& socket() noexcept { return socket_; }
  [[nodiscard]] std::optional<TlsStream>& tls() noexcept { return tls_; }
  [[nodiscard]] beast::flat_buffer& buffer() noexcept { return buffer_; }
  [[nodiscard]] const std::string& pool_key() const noexcept { return pool_key_; }

  /// Closes the socket; what is outstanding ends with an error.
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// A deadline passed and closed it.
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

  void read_deadline(std::chrono::steady_clock::duration within);
  void write_deadline(std::chrono::steady_clock::duration within);
  void clear_read_deadline() noexcept { Watchdog::clear(read_); }
  void clear_write_deadline() noexcept { Watchdog::clear(write_); }

  /// True when the peer has closed or sent something unasked: not fit for another request. One
  /// system call that does not block.
  [[nodiscard]] bool stale();

  std::chrono::steady_clock::time_point idle_since{};  ///< while it is in the pool

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& where) {
          if (tls_) {
            tls_->async_read_some(where, std::move(handler));
          } else {
            socket_.async_read_some(where, std::move(handler));
          }
        },
        token, buffers);
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& what) {
          if (tls_) {
            tls_->async_write_some(what, std::move(handler));
          } else {
            socket_.async_write_some(what, std::move(handler));
          }
        },
        token, buffers);
  }

 private:
  struct Deadline final : Watched {
    explicit Deadline(UpstreamConnection& connection) : owner(connection) {}
    void on_deadline() override;
    UpstreamConnection& owner;
  };

  Watchdog& watchdog_;
  std::string pool_key_;
  Tcp::socket socket_;
  std::optional<TlsStream> tls_;
  beast::flat_buffer buffer_;
  Deadline read_{*this};
  Deadline write_{*this};
  bool closed_ = false;
  bool timed_out_ = false;
};
using UpstreamConnectionPtr = std::unique_ptr<UpstreamConnection>;

}  // namespace portcullis::bff
