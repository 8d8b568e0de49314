#include "upstream/upstream_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace portcullis::bff {

UpstreamConnection::UpstreamConnection(asio::io_context& context, Watchdog& watchdog,
                                       std::string pool_key)
    : watchdog_(watchdog), pool_key_(std::move(pool_key)), socket_(context), plain_(context) {}

UpstreamConnection::~UpstreamConnection() { close(); }

void UpstreamConnection::close() noexcept {
  if (closed_) return;
  closed_ = true;
  clear_read_deadline();
  clear_write_deadline();
  // No TLS close_notify: it would need a write that can block. HTTP framing tells the peer what was
  // complete.
  error_code ignored;
  socket_.close(ignored);
  plain_.close();
}

void UpstreamConnection::become_plain() { plain_.assign(socket_.release()); }

std::size_t UpstreamConnection::read_now(asio::mutable_buffer into, error_code& error) noexcept {
  error = asio::error::would_block;
  if (tls_) return 0;
  return plain_.receive(static_cast<char*>(into.data()), into.size(), error);
}

asio::awaitable<std::size_t> UpstreamConnection::read_some(asio::mutable_buffer into,
                                                           error_code& error) {
  if (tls_) {
    co_return co_await tls_->async_read_some(into,
                                             asio::redirect_error(asio::use_awaitable, error));
  }
  for (;;) {
    const std::size_t got = read_now(into, error);
    if (error != asio::error::would_block) co_return got;
    co_await plain_.async_wait(ReadySocket::Way::kRead,
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return 0;
  }
}

bool UpstreamConnection::write_now(asio::const_buffer& first, asio::const_buffer& second,
                                   error_code& error) {
  error = {};
  if (tls_) return false;
  const std::array<iovec, 2> pieces{iovec{const_cast<void*>(first.data()), first.size()},
                                    iovec{const_cast<void*>(second.data()), second.size()}};
  const std::size_t sent = plain_.send(pieces, error);
  const std::size_t of_first = std::min(sent, first.size());
  first += of_first;
  second += sent - of_first;
  if (error == asio::error::would_block) error = {};
  return error || first.size() + second.size() == 0;
}

asio::awaitable<std::size_t> UpstreamConnection::write_some(asio::const_buffer first,
                                                            asio::const_buffer second,
                                                            error_code& error) {
  if (tls_) {
    co_return co_await tls_->async_write_some(first.size() > 0 ? first : second,
                                              asio::redirect_error(asio::use_awaitable, error));
  }
  const std::size_t all = first.size() + second.size();
  while (!write_now(first, second, error) && first.size() + second.size() == all) {
    co_await plain_.async_wait(ReadySocket::Way::kWrite,
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
  }
  co_return all - first.size() - second.size();
}

void UpstreamConnection::close_soon() {
  constexpr std::chrono::milliseconds kSoon{1};
  closes_soon_ = true;
  watchdog_.watch(read_, kSoon);
}

void UpstreamConnection::read_deadline(std::chrono::steady_clock::duration within) {
  if (!closes_soon_) watchdog_.watch(read_, within);
}

void UpstreamConnection::write_deadline(std::chrono::steady_clock::duration within) {
  watchdog_.watch(write_, within);
}

bool UpstreamConnection::stale() {
  if (closed_ || buffer_.size() > 0) return true;
  // Readable means closed or unrequested bytes. (Unread TLS 1.3 session tickets look the same; such
  // a connection is discarded, too.)
  if (!tls_) return !plain_.is_open() || plain_.peek() != ReadySocket::Peek::kNothing;
  char byte = 0;
  const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void UpstreamConnection::Deadline::on_deadline() {
  owner.timed_out_ = true;
  owner.close();
}

}  // namespace portcullis::bff
