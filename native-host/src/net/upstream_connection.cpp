#include "net/upstream_connection.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace portcullis::bff {

UpstreamConnection::UpstreamConnection(asio::io_context& context, Watchdog& watchdog,
                                       std::string pool_key)
    : watchdog_(watchdog), pool_key_(std::move(pool_key)), socket_(context) {}

UpstreamConnection::~UpstreamConnection() { close(); }

void UpstreamConnection::close() noexcept {
  if (closed_) return;
  closed_ = true;
  clear_read_deadline();
  clear_write_deadline();
  // Without a TLS close_notify: it would need a write that can hang. HTTP's own framing tells the
  // peer what was complete.
  error_code ignored;
  socket_.close(ignored);
}

void UpstreamConnection::read_deadline(std::chrono::steady_clock::duration within) {
  watchdog_.watch(read_, within);
}

void UpstreamConnection::write_deadline(std::chrono::steady_clock::duration within) {
  watchdog_.watch(write_, within);
}

bool UpstreamConnection::stale() {
  if (closed_ || !socket_.is_open() || buffer_.size() > 0) return true;
  char byte = 0;
  const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  // Readable: the end, or bytes that nobody asked for. (TLS 1.3 session tickets that were not read
  // along with an answer look the same here; such a connection is given up, too.)
  return true;
}

void UpstreamConnection::Deadline::on_deadline() {
  owner.timed_out_ = true;
  owner.close();
}

}  // namespace portcullis::bff
