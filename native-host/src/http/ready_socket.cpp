#include "http/ready_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <cerrno>

namespace portcullis::bff {

namespace {

error_code last_error() noexcept { return {errno, boost::system::system_category()}; }

Tcp family_of(int fd) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const bool known = ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return known && address.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4();
}

}  // namespace

void ReadySocket::assign(int fd) {
  close();
  maybe_more_ = true;
  broken_ = 0;
  error_code error;
  socket_.assign(family_of(fd), fd, error);
  if (error) {
    ::close(fd);
    throw boost::system::system_error(error, "watching a socket");
  }
  socket_.non_blocking(true, error);
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
    const ssize_t n = ::recv(fd(), into, room, MSG_DONTWAIT);
    if (n > 0) {
      error = {};
      const auto got = static_cast<std::size_t>(n);
      maybe_more_ = got == room;
      return got;
    }
    if (n == 0) {
      error = asio::error::eof;
      return 0;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      maybe_more_ = false;
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
    // The kernel handles a single piece faster.
    const ssize_t n = pieces.size() == 1
                          ? ::send(fd(), pieces.front().iov_base, pieces.front().iov_len, kFlags)
                          : ::sendmsg(fd(), &message, kFlags);
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

void ReadySocket::cancel() noexcept {
  error_code ignored;
  socket_.cancel(ignored);
}

ReadySocket::Peek ReadySocket::peek() noexcept {
  char byte = 0;
  const ssize_t n = ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n > 0) {
    maybe_more_ = true;
    return Peek::kBytes;
  }
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Peek::kNothing;
  // A reset is reported once; the next read would look like a regular end, and truncated data like
  // complete data.
  if (n < 0) broken_ = errno;
  maybe_more_ = true;
  return Peek::kEnd;
}

bool ReadySocket::peer_gone() noexcept {
  pollfd what{.fd = fd(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&what, 1, 0) > 0;
}

void ReadySocket::shutdown_send() noexcept {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void ReadySocket::close() noexcept {
  error_code ignored;
  socket_.close(ignored);
}

void ReadySocket::close_with_reset() noexcept {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace portcullis::bff
