#include "http/connection.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "base/ip_address.hpp"
#include "base/log.hpp"
#include "http/request_id.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kKeptPending = 4096;
constexpr std::uint8_t kMaxAtOnce = 32;  // requests
constexpr std::size_t kMaxDrain = 256 * 1024;
constexpr std::size_t kMaxLinger = 64UL << 20U;
constexpr std::size_t kDrainPiece = 16 * 1024;

}  // namespace

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
      slot_(std::move(slot)) {
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
  Watchdog::clear(self->read_deadline_);
  Watchdog::clear(self->write_deadline_);
  self->socket_.close();
}

asio::awaitable<void> Connection::loop(asio::awaitable<void>& rest) {
  for (;;) {
    Head head = Head::kRequest;
    if (rest.valid()) {
      co_await std::move(rest);
    } else {
      head = co_await read_head();
      if (head == Head::kEnd) break;
      start_exchange();
      if (head == Head::kRefused) {
        keep_alive_ = false;
        service_.refuse(*this, refusal_, refusal_detail_);
      } else if (!service_.serve_now(*this)) {
        co_await service_.serve(*this);
      }
    }
    if (parked_) co_return;
    // A client that always has a next request ready is not the only one of this thread.
    if (at_once_ >= kMaxAtOnce) {
      at_once_ = 0;
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    }
    if (!co_await conclude()) {
      // Of a head that was refused the rest may still be on its way; nobody waits for one that is
      // too slow.
      linger_ = linger_ || (head == Head::kRefused && refusal_ != Code::kRequestTimeout);
      break;
    }
  }
  if (linger_ && !aborted_) co_await linger();
}

void Connection::start_exchange() {
  const auto given = request_.single("x-request-id");
  request_id_ = given && usable_request_id(*given) ? std::string(*given) : next_request_id();
  keep_alive_ = request_.keep_alive;
  // Kept apart from the request, which a stream forgets.
  is_head_ = request_.method == "HEAD";
  http10_ = request_.version == 10;
  response_.reset();
  headers_ = nullptr;
  extra_lines_.clear();
  bytes_out_ = 0;
  status_ = 0;
  started_ = finished_ = chunked_out_ = linger_ = false;
  start_body();
}

/// Writes the answer, if it is a whole one, and says whether there can be a next request.
asio::awaitable<bool> Connection::conclude() {
  Watchdog::clear(read_deadline_);
  stop_watching_peer();
  if (!started_ && !aborted_) {
    if (!response_) respond(Response(500).close());
    if (body_ == Body::kChunked && !body_done_) look_at_unread_body();
    // What is left of the request's body would be taken for the next request.
    if (!body_done_ &&
        (body_failed_ || continue_due_ || body_ == Body::kChunked || body_left_ > kMaxDrain)) {
      keep_alive_ = false;
    }
    if (response_->closes() || draining()) keep_alive_ = false;
    if (!write_response_now() && !aborted_) {
      if (co_await send_unsent()) abort();
    }
    finished_ = !aborted_;
  }
  const bool complete = finished_ && !aborted_;
  service_.done(*this, status_, bytes_out_, complete);
  attachment_.reset();
  allowance_.reset();
  headers_ = nullptr;
  headers_owner_.reset();
  response_.reset();
  if (!complete) {
    abort();
    co_return false;
  }
  if (continue_due_ && !body_done_) keep_alive_ = false;  // it may send the body, or not
  linger_ = !body_done_;
  if (keep_alive_ && !body_done_) keep_alive_ = co_await drain_body();
  if (pending_.empty() && pending_.capacity() > kKeptPending) pending_.shrink_to_fit();
  co_return keep_alive_ && !aborted_;
}

/// A body that nobody read may be malformed all the same, and then so is the request. Looks at what
/// has arrived; waits for nothing.
void Connection::look_at_unread_body() {
  if (body_failed_) return;  // that is known already, and answered
  std::array<char, 4096> waste;
  while (!body_done_ && !body_failed_ && !pending_.empty()) {
    const auto step = chunks_.feed(pending_, waste.data(), waste.size());
    pending_.erase(0, step.consumed);
    body_done_ = step.state == ChunkDecoder::State::kDone;
    body_failed_ = step.state == ChunkDecoder::State::kMalformed;
  }
  if (body_failed_) service_.refuse(*this, Code::kBadRequest, "a malformed chunked body");
}

/// Reads the rest of a body that nobody wanted.
asio::awaitable<bool> Connection::drain_body() {
  allowance_.reset();
  std::string waste;
  std::size_t total = 0;
  while (!body_done_) {
    error_code ec;
    total += co_await read_more(waste, kDrainPiece, ec);
    waste.clear();
    if (ec || total > kMaxDrain) co_return false;
  }
  linger_ = false;
  co_return true;
}

/// RFC 9112, 9.6: closing with unread bytes resets the connection, and the reset may overtake the
/// answer. So: say that we are done, read on while the client sends, for a while, then close.
asio::awaitable<void> Connection::linger() {
  socket_.shutdown_send();
  forget_head();
  pending_ = std::string();
  auto& waste = worker_.arrival->received;
  const auto end = std::chrono::steady_clock::now() + 15 * worker_.timeouts.linger;
  std::size_t total = 0;
  worker_.watchdog.watch(read_deadline_, worker_.timeouts.linger);
  while (total < kMaxLinger && !read_timed_out_) {
    error_code error;
    total += socket_.receive(waste.data(), waste.size(), error);
    if (error == asio::error::would_block) {
      co_await socket_.async_wait(ReadySocket::Way::kRead,
                                  asio::redirect_error(asio::use_awaitable, error));
      if (error || std::chrono::steady_clock::now() >= end) break;
      worker_.watchdog.watch(read_deadline_, worker_.timeouts.linger);
    } else if (!error) {
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    }
    if (error) break;
  }
}

void Connection::on_read_deadline() {
  read_timed_out_ = true;
  socket_.cancel();
}

void Connection::on_write_deadline() { abort(); }

void Connection::drain() {
  if (idle_) worker_.watchdog.watch(read_deadline_, worker_.timeouts.drain_idle);
}

void Connection::set_headers(const SecurityHeaders& headers, std::shared_ptr<const void> owner) {
  headers_ = &headers;
  headers_owner_ = std::move(owner);
}

void Connection::abort() {
  if (aborted_) return;
  aborted_ = true;
  keep_alive_ = false;
  socket_.close_with_reset();
  if (peer_timer_) peer_timer_->cancel();
  if (!parked_) return;
  // No coroutine waits that could see it.
  if (const auto watch = std::exchange(peer_watch_, nullptr)) watch();
}

}  // namespace portcullis::bff
