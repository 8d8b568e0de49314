#include "http/ready_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <system_error>

namespace portcullis::bff {

namespace {

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

}  // namespace

ReadySocket::ReadySocket(asio::io_context& context)
    : context_(context), reactor_(asio::use_service<Reactor>(context)) {
  reactor_.init_task();
}

void ReadySocket::assign(int fd) {
  close();
  fd_ = fd;
  maybe_more_ = true;
  may_hide_end_ = false;
  broken_ = 0;
  const int problem = reactor_.register_descriptor(fd, data_);
  if (problem == 0) return;
  reactor_.cleanup_descriptor_data(data_);
  ::close(fd);
  fd_ = -1;
  throw std::system_error(problem, std::system_category(), "epoll");
}

std::size_t ReadySocket::receive(char* into, std::size_t room, error_code& error) noexcept {
  if (!maybe_more_) {
    error = asio::error::would_block;
    return 0;
  }
  if (broken_ != 0) {
    error = {broken_, boost::system::system_category()};
    return 0;
  }
  for (;;) {
    const ssize_t n = ::recv(fd_, into, room, MSG_DONTWAIT);
    if (n > 0) {
      error = {};
      const auto got = static_cast<std::size_t>(n);
      maybe_more_ = got == room;
      may_hide_end_ = !maybe_more_;
      return got;
    }
    if (n == 0) {
      error = asio::error::eof;
      return 0;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      maybe_more_ = may_hide_end_ = false;
      error = asio::error::would_block;
    } else {
      error = last_error();
    }
    return 0;
  }
}

std::size_t ReadySocket::send(std::span<const iovec> pieces, error_code& error) noexcept {
  while (!pieces.empty() && pieces.front().iov_len == 0) pieces = pieces.subspan(1);
  while (!pieces.empty() && pieces.back().iov_len == 0) pieces = pieces.first(pieces.size() - 1);
  error = {};
  if (pieces.empty()) return 0;
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  for (;;) {
    // One piece alone is cheaper for the kernel to take.
    const ssize_t n = pieces.size() == 1
                          ? ::send(fd_, pieces.front().iov_base, pieces.front().iov_len, kFlags)
                          : ::sendmsg(fd_, &message, kFlags);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      error = asio::error::would_block;
    } else {
      error = last_error();
    }
    return 0;
  }
}

void ReadySocket::cancel(Way way) noexcept {
  // Our operations have no key of their own, so this ends all of this way; there is one at most.
  reactor_.cancel_ops_by_key(fd_, data_, static_cast<int>(way), nullptr);
}

ReadySocket::Peek ReadySocket::peek() noexcept {
  may_hide_end_ = false;
  char byte = 0;
  const ssize_t n = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n > 0) {
    maybe_more_ = true;
    return Peek::kBytes;
  }
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Peek::kNothing;
  // A reset is told once: read again, it would look like a regular end, and what was cut off like
  // the whole.
  if (n < 0) broken_ = errno;
  maybe_more_ = true;
  return Peek::kEnd;
}

bool ReadySocket::peer_gone() const noexcept {
  pollfd what{.fd = fd_, .events = POLLRDHUP, .revents = 0};
  return ::poll(&what, 1, 0) > 0;
}

void ReadySocket::shutdown_send() noexcept { ::shutdown(fd_, SHUT_WR); }

void ReadySocket::close() noexcept {
  if (fd_ < 0) return;
  reactor_.deregister_descriptor(fd_, data_, true);
  ::close(fd_);
  reactor_.cleanup_descriptor_data(data_);
  fd_ = -1;
}

void ReadySocket::close_with_reset() noexcept {
  if (fd_ < 0) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

}  // namespace portcullis::bff
