// One connected TCP socket that is read and written when it is ready, with few system calls: a
// receive that came up short is known to have emptied the socket, so the next one waits at once
// instead of asking the kernel again.
//
// Waiting is Asio's (public interfaces only: ADR 0015). A wait looks at the socket when it begins,
// so that an end which came with the last bytes is seen by the next one.
//
// Belongs to the thread of its io_context. Nothing here throws but the constructor and assign()
// (std::bad_alloc, or a system_error when the kernel watches no more sockets).
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

class ReadySocket {
 public:
  using executor_type = asio::io_context::executor_type;
  enum class Way : std::size_t {
    kRead,   ///< bytes, or the peer's end; at once while there is anything to read
    kWrite,  ///< room for bytes
  };

  explicit ReadySocket(asio::io_context& context) : socket_(context.get_executor()) {}
  ~ReadySocket() { close(); }
  ReadySocket(const ReadySocket&) = delete;
  ReadySocket& operator=(const ReadySocket&) = delete;

  /// Takes over a connected socket's descriptor, and closes it when it cannot.
  void assign(int fd);
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  [[nodiscard]] executor_type get_executor() noexcept { return socket_.get_executor(); }

  /// What is there now, at most `room` bytes. Never waits: `would_block` when nothing is there,
  /// then co_await async_wait(Way::kRead) and call again. `eof` at the end.
  std::size_t receive(char* into, std::size_t room, error_code& error) noexcept;
  /// Hands the kernel what it takes now; `would_block` when it takes nothing, then
  /// async_wait(Way::kWrite). Broken connections are an error, never a signal.
  std::size_t send(std::span<const iovec> pieces, error_code& error) noexcept;

  /// Completes with no error when the socket may be ready (not always is), with operation_aborted
  /// after cancel() or close(). One wait for each way at a time.
  template <typename Token>
  auto async_wait(Way way, Token&& token) {
    // When it completes, there is something to look at.
    if (way == Way::kRead) maybe_more_ = true;
    constexpr std::array kWaits{Socket::wait_read, Socket::wait_write};
    return socket_.async_wait(kWaits[static_cast<std::size_t>(way)], std::forward<Token>(token));
  }
  /// Ends the waits of both ways. A slot for each would end one of them, but Boost before 1.77 has
  /// none; who waits for room to write waits again.
  void cancel() noexcept;

  enum class Peek { kNothing, kBytes, kEnd };
  /// One system call: bytes that wait, the end (or a broken connection), or nothing yet.
  [[nodiscard]] Peek peek() noexcept;
  /// The peer has closed its side, or the connection is broken; bytes that wait hide neither. One
  /// system call.
  [[nodiscard]] bool peer_gone() noexcept;

  void shutdown_send() noexcept;
  /// Closes; what waits completes with operation_aborted.
  void close() noexcept;
  /// The same with a reset, so that what was sent cannot be taken for complete.
  void close_with_reset() noexcept;

 private:
  using Socket = asio::basic_stream_socket<Tcp, executor_type>;

  [[nodiscard]] int fd() noexcept { return socket_.native_handle(); }

  Socket socket_;
  bool maybe_more_ = true;
  int broken_ = 0;  // what peek() was told; the kernel says it once
};

}  // namespace portcullis::bff
