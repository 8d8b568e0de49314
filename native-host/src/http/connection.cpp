#include "http/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "base/ip_address.hpp"
#include "base/log.hpp"
#include "http/request_id.hpp"

namespace portcullis::bff {

std::string peer_address(const Tcp::socket& socket) {
  error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  if (ec) return "unknown";
  return normalize_ip(endpoint.address().to_string()).value_or("unknown");
}

Connection::Connection(Worker& worker, Service& service, Tcp::socket socket,
                       ConnectionQuota::Slot slot)
    : worker_(worker),
      service_(service),
      socket_(worker.context),
      peer_(peer_address(socket)),
      slot_(std::move(slot)),
      writer_(worker, socket_, stalled_),
      reader_(worker, socket_, writer_) {
  error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.non_blocking(true, ignored);
  socket_.assign(socket.release());
  worker_.connections.push_back(*this);
}

Connection::~Connection() { worker_.load.connections.fetch_sub(1, std::memory_order_relaxed); }

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self,
                                      asio::awaitable<void> rest) {
  try {
    co_await self->loop(rest);
  } catch (const std::exception& error) {
    log_event(LogLevel::kError, "connection_failed", error.what());
  }
  if (self->parked_) co_return;
  self->reader_.clear_deadline();
  Watchdog::clear(self->stalled_);
  self->socket_.close();
}

asio::awaitable<void> Connection::loop(asio::awaitable<void>& rest) {
  using Head = ConnectionReader::Head;
  for (;;) {
    Head head = Head::kRequest;
    if (rest.valid()) {
      co_await std::move(rest);
    } else {
      head = co_await reader_.read_head(service_.needs_host());
      if (head == Head::kEnd) break;
      start_exchange();
      if (head == Head::kRefused) {
        writer_.close_after();
        service_.refuse(*this, reader_.refusal(), reader_.refusal_detail());
      } else if (!service_.serve_now(*this)) {
        co_await service_.serve(*this);
      }
    }
    if (parked_) co_return;
    // A client with a next request always ready must not starve the thread's other connections.
    if (reader_.turn_is_over()) {
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    }
    if (!co_await conclude()) {
      // The rest of a refused head may still arrive; if it was too slow, do not wait for it.
      linger_ = linger_ || (head == Head::kRefused && reader_.refusal() != Code::kRequestTimeout);
      break;
    }
  }
  if (!linger_ || aborted()) co_return;
  // RFC 9112, section 9.6: closing with unread bytes resets the connection, and the reset may
  // overtake the answer. So shut down sending, read while the client sends, then close.
  socket_.shutdown_send();
  co_await reader_.linger();
}

void Connection::start_exchange() {
  const Request& request = reader_.request();
  const auto given = request.single("x-request-id");
  request_id_ = given && usable_request_id(*given) ? std::string(*given) : next_request_id();
  // Copied, because a stream frees its request.
  writer_.start({.request_id = request_id_,
                 .is_head = request.method == "HEAD",
                 .http10 = request.version == 10,
                 .keep_alive = request.keep_alive});
  linger_ = false;
  reader_.start_body();
}

/// Writes a complete answer. Returns whether another request can follow.
asio::awaitable<bool> Connection::conclude() {
  using Sent = ConnectionWriter::Sent;
  reader_.clear_deadline();
  stop_watching_peer();
  if (!writer_.started() && !aborted()) {
    if (!writer_.has_response()) respond(Response(500).close());
    // An unread body may be malformed; the request is then invalid.
    if (!reader_.look_at_unread_body()) {
      service_.refuse(*this, Code::kBadRequest, "a malformed chunked body");
    }
    // Unread bytes of the body would be taken for the next request.
    if (draining() || (!reader_.body_done() && !reader_.rest_is_short())) writer_.close_after();
    const Sent sent = writer_.write_response();
    error_code error;
    if (sent == Sent::kSome) error = co_await writer_.finish();
    if (error || sent == Sent::kFailed) abort();
  }
  if (reader_.body_failed()) writer_.close_after();
  const bool complete = writer_.finished() && !aborted();
  service_.done(*this, writer_.status(), writer_.bytes(), complete);
  attachment_.reset();
  reader_.end_body();
  writer_.end();
  if (!complete) {
    abort();
    co_return false;
  }
  linger_ = !reader_.body_done();
  if (linger_ && writer_.keeps_alive()) linger_ = !co_await reader_.drain_body();
  reader_.trim();
  co_return writer_.keeps_alive() && !linger_ && !aborted();
}

void Connection::answer_begins() {
  if (draining() || reader_.body_failed()) writer_.close_after();
  reader_.answer_begins();
}

asio::awaitable<error_code> Connection::begin(StreamHead head) {
  answer_begins();
  return writer_.begin(std::move(head));
}

std::optional<error_code> Connection::begin_response_now(ResponseHead& head,
                                                         asio::const_buffer first) {
  answer_begins();
  return writer_.begin_response_now(head, first);
}

asio::awaitable<error_code> Connection::begin_response(ResponseHead head,
                                                       asio::const_buffer first) {
  if (!writer_.started()) answer_begins();
  return writer_.begin_response(std::move(head), first);
}

bool Connection::finish_now() {
  const auto sent = writer_.finish_now();
  if (sent == ConnectionWriter::Sent::kFailed) abort();
  return sent == ConnectionWriter::Sent::kAll;
}

asio::awaitable<void> Connection::send_raw_and_abort(std::string bytes) {
  (void)co_await writer_.send_raw(bytes);
  // No reset: the bytes sent must arrive.
  writer_.close_after();
  socket_.shutdown_send();
  socket_.close();
}

void Connection::abort() {
  if (aborted()) return;
  writer_.close_after();
  socket_.close_with_reset();
  reader_.cancel_waits();
  if (!parked_) return;
  // No waiting coroutine would notice.
  if (const auto watch = std::exchange(peer_watch_, nullptr)) watch();
}

}  // namespace portcullis::bff
