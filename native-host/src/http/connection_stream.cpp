// Connection: long-lived answers. Watches for the client's end without holding a coroutine.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "http/connection.hpp"

namespace portcullis::bff {

void Connection::resume(asio::awaitable<void> rest) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), rest = std::move(rest)]() mutable {
    self->parked_.reset();
    asio::co_spawn(self->socket_.get_executor(), run(self, std::move(rest)), asio::detached);
  });
}

void Connection::on_peer_closed(std::function<void()> then) {
  // Kept here instead of in the operation's handler: a handler already queued when the service's
  // handler returns must not call it.
  peer_watch_ = std::move(then);
  if (!peer_watch_ || watching_peer_) return;
  watching_peer_ = true;
  if (reader_.look_at_peer()) {
    asio::post(socket_.get_executor(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->peer_is_gone();
    });
  } else {
    watch_peer();
  }
}

void Connection::watch_peer() {
  reader_.wait_for_peer([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (!self || error || !self->watching_peer_) return;
    if (self->reader_.look_at_peer()) {
      self->peer_is_gone();
    } else {
      self->watch_peer();  // bytes of a next request
    }
  });
}

void Connection::peer_is_gone() {
  if (!watching_peer_) return;
  watching_peer_ = false;
  reader_.note_peer_closed();
  if (const auto watch = std::exchange(peer_watch_, nullptr)) watch();
}

void Connection::stop_watching_peer() {
  peer_watch_ = nullptr;
  if (!watching_peer_) return;
  watching_peer_ = false;
  reader_.cancel_waits();
}

}  // namespace portcullis::bff
