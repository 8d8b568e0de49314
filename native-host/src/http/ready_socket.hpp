// One connected TCP socket with few system calls: a short receive means the socket is empty, so the
// next one waits at once instead of asking the kernel again.
//
// Waiting is Asio's (public interfaces only: ADR 0015). A wait checks the socket when it begins, so
// an end that arrived with the last bytes is seen by the next wait.
//
// Used on the thread of its io_context. Only the constructor and assign() throw (std::bad_alloc, or
// system_error if the kernel cannot watch more sockets).
#pragma once

#include <sys/uio.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <span>
#include <utility>

#include "base/asio.hpp"

namespace portcullis::bff {

/// A socket for one connection.
class ReadySocket {
 public:
  using executor_type = asio::io_context::executor_type;
  /// What to wait for.
  enum class Way : std::size_t {
    kRead,   ///< bytes or the peer's end; completes at once if there is anything to read
    kWrite,  ///< space for bytes
  };

  explicit ReadySocket(asio::io_context& context) : socket_(context.get_executor()) {}
  ~ReadySocket() { close(); }
  ReadySocket(const ReadySocket&) = delete;
  ReadySocket& operator=(const ReadySocket&) = delete;

  /// Takes ownership of a connected socket; closes it on failure.
  void assign(int fd);
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  [[nodiscard]] executor_type get_executor() noexcept { return socket_.get_executor(); }

  /// Receives what is available, at most `room` bytes, without waiting. `would_block` if there is
  /// nothing: then co_await async_wait(Way::kRead) and call again. `eof` at the end.
  std::size_t receive(char* into, std::size_t room, error_code& error) noexcept;
  /// Sends what the kernel accepts; `would_block` if nothing: then async_wait(Way::kWrite). A
  /// broken connection is an error, never a signal.
  std::size_t send(std::span<const iovec> pieces, error_code& error) noexcept;

  /// Completes without error if the socket may be ready (spurious wake-ups are possible), or with
  /// operation_aborted after cancel() or close(). At most one wait per way.
  template <typename Token>
  auto async_wait(Way way, Token&& token) {
    // On completion there may be something to read.
    if (way == Way::kRead) maybe_more_ = true;
    constexpr std::array kWaits{Socket::wait_read, Socket::wait_write};
    return socket_.async_wait(kWaits[static_cast<std::size_t>(way)], std::forward<Token>(token));
  }
  /// Cancels the pending waits of both ways. (Cancelling one way needs Boost 1.77.) A writer that
  /// is woken by it waits again.
  void cancel() noexcept;

  /// The result of peek().
  enum class Peek { kNothing, kBytes, kEnd };
  /// One system call: pending bytes, the end (or a broken connection), or nothing.
  [[nodiscard]] Peek peek() noexcept;
  /// Whether the peer closed its side or the connection broke, even if bytes are pending. One
  /// system call.
  [[nodiscard]] bool peer_gone() noexcept;

  /// Sends FIN; receiving continues.
  void shutdown_send() noexcept;
  /// Closes the socket; pending waits complete with operation_aborted.
  void close() noexcept;
  /// Closes with a reset, so that the peer cannot take the data for complete.
  void close_with_reset() noexcept;

 private:
  using Socket = asio::basic_stream_socket<Tcp, executor_type>;

  [[nodiscard]] int fd() noexcept { return socket_.native_handle(); }

  Socket socket_;
  bool maybe_more_ = true;
  int broken_ = 0;  // the error peek() saw, because the kernel reports it only once
};

}  // namespace portcullis::bff
