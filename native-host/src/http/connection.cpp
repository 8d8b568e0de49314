#include "http/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <exception>
#include <utility>

#include "http/head_parser.hpp"
#include "http/log.hpp"
#include "http/request_id.hpp"

namespace portcullis::bff {

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kFirstHeadBuffer = 4096;
constexpr std::size_t kMaxDrain = 256 * 1024;

std::string address_of(const Tcp::socket& socket) {
  error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  if (ec) return "unknown";
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

}  // namespace

Connection::Connection(Worker& worker, Service& service, Tcp::socket socket)
    : worker_(worker), service_(service), socket_(std::move(socket)), peer_(address_of(socket_)) {
  error_code ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.non_blocking(true, ignored);
  worker_.connections.push_back(*this);
}

Connection::~Connection() { worker_.load.connections.fetch_sub(1, std::memory_order_relaxed); }

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
  try {
    co_await self->loop();
  } catch (const std::exception& error) {
    log_event(LogLevel::kError, "connection_failed", error.what());
  }
  Watchdog::clear(self->read_deadline_);
  Watchdog::clear(self->write_deadline_);
  error_code ignored;
  self->socket_.close(ignored);
}

asio::awaitable<void> Connection::loop() {
  for (;;) {
    const Head head = co_await read_head();
    if (head == Head::kEnd) break;
    start_exchange();
    if (head == Head::kRefused) {
      keep_alive_ = false;
      service_.refuse(*this, refusal_, refusal_detail_);
    } else if (!service_.serve_now(*this)) {
      co_await service_.serve(*this);
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

bool Connection::grow_head() {
  const auto limit = static_cast<std::uint32_t>(kMaxHeadBytes);
  if (head_capacity_ >= limit) return false;
  const std::uint32_t capacity =
      head_capacity_ == 0 ? kFirstHeadBuffer : std::min(head_capacity_ * 2, limit);
  auto bigger = std::make_unique_for_overwrite<char[]>(capacity);
  if (head_size_ > 0) std::memcpy(bigger.get(), head_.get(), head_size_);
  head_ = std::move(bigger);
  head_capacity_ = capacity;
  return true;
}

asio::awaitable<Connection::Head> Connection::read_head() {
  scanner_.reset();
  head_size_ = 0;
  read_timed_out_ = false;
  std::size_t from_pending = 0;
  bool started = false;
  for (;;) {
    if (head_size_ == head_capacity_ && !grow_head()) {
      refusal_ = Code::kHeadersTooLarge;
      refusal_detail_ = "the head is too large";
      co_return Head::kRefused;
    }
    if (from_pending < pending_.size()) {
      const std::size_t n =
          std::min<std::size_t>(pending_.size() - from_pending, head_capacity_ - head_size_);
      std::memcpy(head_.get() + head_size_, pending_.data() + from_pending, n);
      from_pending += n;
      head_size_ += static_cast<std::uint32_t>(n);
    } else {
      if (!started) {
        started = head_size_ > 0;
        idle_ = !started;
        const auto& limits = worker_.timeouts;
        const bool closing = worker_.load.closing.load(std::memory_order_relaxed);
        worker_.watchdog.watch(read_deadline_, started   ? limits.head
                                               : closing ? limits.drain_idle
                                                         : limits.idle);
      }
      reading_head_ = true;
      const auto [ec, n] = co_await socket_.async_read_some(
          asio::buffer(head_.get() + head_size_, head_capacity_ - head_size_), kAwait);
      reading_head_ = false;
      if (ec) {
        Watchdog::clear(read_deadline_);
        // Nothing of a request was read: there is nobody to answer.
        if (head_size_ == 0 || aborted_ || !read_timed_out_) co_return Head::kEnd;
        refusal_ = Code::kRequestTimeout;
        refusal_detail_ = "the head did not arrive in time";
        co_return Head::kRefused;
      }
      head_size_ += static_cast<std::uint32_t>(n);
    }
    const auto result = scanner_.scan({head_.get(), head_size_});
    if (result == HeadScanner::Result::kMore) continue;
    Watchdog::clear(read_deadline_);
    idle_ = false;
    if (result == HeadScanner::Result::kRefused) {
      // What can be read of it, for the log and the request id.
      request_ = Request{};
      refusal_ = scanner_.why();
      refusal_detail_ = scanner_.detail();
      co_return Head::kRefused;
    }
    break;
  }
  // Bytes behind the head: a body, or the next request.
  const std::size_t end = scanner_.end();
  if (end < head_size_) {
    std::string rest(head_.get() + end, head_size_ - end);
    rest.append(pending_, from_pending, std::string::npos);
    pending_ = std::move(rest);
  } else {
    pending_.erase(0, from_pending);
  }
  const HeadProblem problem = parse_head({head_.get() + scanner_.begin(), end - scanner_.begin()},
                                         request_, service_.needs_host());
  if (problem.code == Code::kAllowed) co_return Head::kRequest;
  refusal_ = problem.code;
  refusal_detail_ = problem.detail;
  co_return Head::kRefused;
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
  if (pending_.empty() && pending_.capacity() > kFirstHeadBuffer) pending_.shrink_to_fit();
  co_return keep_alive_ && !aborted_;
}

/// A body that nobody read may be malformed all the same, and then so is the request. Looks at what
/// has arrived; waits for nothing.
void Connection::look_at_unread_body() {
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
  auto waste = std::make_unique_for_overwrite<char[]>(16 * 1024);
  std::size_t total = 0;
  while (!body_done_) {
    error_code ec;
    total += co_await read_some(asio::mutable_buffer(waste.get(), 16 * 1024), ec);
    if (ec || total > kMaxDrain) co_return false;
  }
  linger_ = false;
  co_return true;
}

/// RFC 9112, 9.6: closing with unread bytes resets the connection, and the reset may overtake the
/// answer. So: say that we are done, read on for a while, then close.
asio::awaitable<void> Connection::linger() {
  error_code ec;
  socket_.shutdown(Tcp::socket::shutdown_send, ec);
  if (ec) co_return;
  auto waste = std::make_unique_for_overwrite<char[]>(16 * 1024);
  std::size_t total = 0;
  reading_head_ = true;
  worker_.watchdog.watch(read_deadline_, worker_.timeouts.linger);
  while (total < 16 * kMaxDrain) {
    const auto [error, n] =
        co_await socket_.async_read_some(asio::buffer(waste.get(), 16 * 1024), kAwait);
    if (error) break;
    total += n;
  }
  reading_head_ = false;
}

void Connection::on_read_deadline() {
  read_timed_out_ = true;
  error_code ignored;
  // While a head is read nothing is written; later a write may be under way that must go on.
  if (reading_head_) {
    socket_.cancel(ignored);
  } else {
    read_cancel_.emit(asio::cancellation_type::terminal);
  }
}

void Connection::on_write_deadline() { abort(); }

void Connection::drain() {
  if (idle_) worker_.watchdog.watch(read_deadline_, worker_.timeouts.drain_idle);
}

void Connection::set_headers(const SecurityHeaders& headers, std::shared_ptr<const void> owner) {
  headers_ = &headers;
  headers_owner_ = std::move(owner);
}

void Connection::forget_request() {
  request_ = Request{};
  head_.reset();
  head_capacity_ = head_size_ = 0;
}

void Connection::abort() {
  if (aborted_) return;
  aborted_ = true;
  keep_alive_ = false;
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  read_cancel_.emit(asio::cancellation_type::terminal);
}

}  // namespace portcullis::bff
