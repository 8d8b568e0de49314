// An answer that lives long: the request is forgotten, the client's end is watched, and no
// coroutine is held while there is nothing to do.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "http/connection.hpp"

namespace portcullis::bff {

void Connection::forget_head() {
  request_ = Request{};  // its texts are views into the head
  head_.reset();
  head_capacity_ = head_size_ = 0;
}

bool Connection::write_event_now(std::string_view plain, std::string_view chunk) {
  if (is_head_) return true;
  const std::string_view bytes = chunked_out_ ? chunk : plain;
  Pieces pieces{};
  pieces[0] = {const_cast<char*>(bytes.data()), bytes.size()};
  if (unsent_.empty() && send_now(pieces) == Sent::kAll) return true;
  unsent_.append(static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len);
  return false;
}

void Connection::resume(asio::awaitable<void> rest) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), rest = std::move(rest)]() mutable {
    self->parked_.reset();
    asio::co_spawn(self->socket_.get_executor(), run(self, std::move(rest)), asio::detached);
  });
}

void Connection::on_peer_closed(std::function<void()> then) {
  // Kept here and not in the operation's handler: one that is queued already when the service's
  // handler returns must find nothing to call.
  peer_watch_ = std::move(then);
  if (!peer_watch_ || watching_peer_) return;
  watching_peer_ = true;
  if (look_at_peer()) {
    asio::post(socket_.get_executor(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->peer_is_gone();
    });
  } else {
    watch_peer();
  }
}

/// Whether the client is gone. Bytes of its next request are taken out of the socket, since a wait
/// would be over at once for as long as they are there.
bool Connection::look_at_peer() {
  if (socket_.peer_gone()) return true;
  auto& buffer = worker_.arrival->received;
  error_code error;
  while (!error && pending_.size() < kMaxReadAhead) {
    const std::size_t room = std::min(buffer.size(), kMaxReadAhead - pending_.size());
    pending_.append(buffer.data(), socket_.receive(buffer.data(), room, error));
  }
  return error && error != asio::error::would_block;
}

void Connection::cancel_reads() noexcept {
  socket_.cancel();
  if (peer_timer_) peer_timer_->cancel();
}

void Connection::watch_peer() {
  wait_for_peer([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (!self || error || !self->watching_peer_) return;
    if (self->look_at_peer()) {
      self->peer_is_gone();
    } else {
      self->watch_peer();  // bytes of a next request
    }
  });
}

void Connection::peer_is_gone() {
  if (!watching_peer_) return;
  watching_peer_ = false;
  peer_closed_ = true;
  if (const auto watch = std::exchange(peer_watch_, nullptr)) watch();
}

void Connection::stop_watching_peer() {
  peer_watch_ = nullptr;
  if (!watching_peer_) return;
  watching_peer_ = false;
  cancel_reads();
}

}  // namespace portcullis::bff
