// One connected TCP socket with the fewest system calls that epoll allows: a request on a
// kept-alive connection costs one recv and one sendmsg.
//
// Asio's own async_read_some tries first and waits then, so that every read that has to wait costs
// a recv for nothing; its async_wait arms epoll anew each time. Here a read that came up short is
// known to have emptied the socket (epoll(7), edge-triggered, question 9), and the next wait just
// queues. The reactor is Asio's (boost/asio/detail, of the Boost that Debian has: ADR 0010), so
// timers, other sockets and coroutines run beside it as they always do.
//
// One thing a short read hides: the end of the stream, when it came with the last bytes. Then no
// further event follows. read_may_hide_end() says that this is possible; peek() finds out.
//
// Belongs to the thread of its io_context. Nothing here throws but the constructor (std::bad_alloc,
// or a system_error when epoll takes no more).
#pragma once

#include <sys/uio.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <span>

#include "base/asio.hpp"
#include "http/ready_socket_op.hpp"

namespace portcullis::bff {

class ReadySocket {
 public:
  using executor_type = asio::io_context::executor_type;
  enum class Way : int {
    kRead = asio::detail::epoll_reactor::read_op,
    kWrite = asio::detail::epoll_reactor::write_op
  };

  explicit ReadySocket(asio::io_context& context);
  /// Takes `fd` over, which is non-blocking.
  ReadySocket(asio::io_context& context, int fd) : ReadySocket(context) { assign(fd); }
  ~ReadySocket() { close(); }
  ReadySocket(const ReadySocket&) = delete;
  ReadySocket& operator=(const ReadySocket&) = delete;

  void assign(int fd);
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] executor_type get_executor() const noexcept { return context_.get_executor(); }

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
    return asio::async_initiate<Token, void(error_code)>(
        [this, way](auto&& handler) { start_wait(way, handler); }, token);
  }
  void cancel(Way way) noexcept;

  /// A receive() that came up short may have been the last.
  [[nodiscard]] bool read_may_hide_end() const noexcept { return may_hide_end_; }
  enum class Peek { kNothing, kBytes, kEnd };
  /// One system call: bytes that wait, the end (or a broken connection), or nothing yet.
  [[nodiscard]] Peek peek() noexcept;
  /// The peer has closed its side, or the connection is broken; bytes that wait hide neither. One
  /// system call.
  [[nodiscard]] bool peer_gone() const noexcept;

  void shutdown_send() noexcept;
  /// Closes; what waits completes with operation_aborted.
  void close() noexcept;
  /// The same with a reset, so that what was sent cannot be taken for complete.
  void close_with_reset() noexcept;

 private:
  using Reactor = asio::detail::epoll_reactor;

  template <typename Handler>
  void start_wait(Way way, Handler& handler) {
    using Op = ReadyWaitOp<std::decay_t<Handler>, executor_type>;
    if (way == Way::kRead) maybe_more_ = true;  // when it completes, there is something to look at
    const bool continuation = boost_asio_handler_cont_helpers::is_continuation(handler);
    typename Op::ptr p = {std::addressof(handler), Op::ptr::allocate(handler), nullptr};
    p.p = new (p.v) Op(handler, get_executor());
    reactor_.start_op(static_cast<int>(way), fd_, data_, p.p, continuation, true);
    p.v = p.p = nullptr;
  }

  asio::io_context& context_;
  Reactor& reactor_;
  Reactor::per_descriptor_data data_ = nullptr;
  int fd_ = -1;
  bool maybe_more_ = true;
  bool may_hide_end_ = false;
  int broken_ = 0;  // what peek() was told; the kernel says it once
};

}  // namespace portcullis::bff
