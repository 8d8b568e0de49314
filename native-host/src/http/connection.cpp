#include "http/connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <exception>
#include <tuple>
#include <utility>

#include "base/ip_address.hpp"
#include "base/log.hpp"
#include "http/head_parser.hpp"
#include "http/request_id.hpp"

namespace portcullis::bff {

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kFirstHeadBuffer = 1024;
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

/// The longest head that is read. What a connection gathered before a reload made it smaller is
/// kept.
std::size_t Connection::max_head_bytes() const noexcept {
  return std::max<std::size_t>(head_size_, kMaxRequestLineBytes + worker_.head_limits.header_bytes);
}

/// Makes room for `needed` bytes in all. False: no head is that long.
bool Connection::grow_head(std::size_t needed) {
  if (needed <= head_capacity_) return true;
  if (needed > max_head_bytes()) return false;
  std::size_t capacity = std::max<std::size_t>(head_capacity_, kFirstHeadBuffer);
  while (capacity < needed) capacity *= 2;
  capacity = std::min(capacity, max_head_bytes());
  auto bigger = std::make_unique_for_overwrite<char[]>(capacity);
  if (head_size_ > 0) std::memcpy(bigger.get(), head_.get(), head_size_);
  head_ = std::move(bigger);
  head_capacity_ = static_cast<std::uint32_t>(capacity);
  return true;
}

/// What the socket has, behind what there is of the head.
std::size_t Connection::receive_head(error_code& error) {
  char* const buffer = worker_.arrival->received.data();
  const std::size_t room =
      std::min(worker_.arrival->received.size(), max_head_bytes() - head_size_);
  const std::size_t n = socket_.receive(buffer, room, error);
  if (n > 0 && grow_head(head_size_ + n)) {
    std::memcpy(head_.get() + head_size_, buffer, n);
    head_size_ += static_cast<std::uint32_t>(n);
  }
  return n;
}

asio::awaitable<Connection::Head> Connection::read_head() {
  scanner_.reset();
  head_size_ = 0;
  read_timed_out_ = false;
  at_once_ += 1;
  std::size_t from_pending = 0;
  bool started = false;
  for (;;) {
    if (head_size_ == max_head_bytes()) {
      request_ = Request{};
      Watchdog::clear(read_deadline_);
      refusal_ = Code::kHeadersTooLarge;
      refusal_detail_ = too_large({head_.get(), head_size_}, worker_.head_limits);
      co_return Head::kRefused;
    }
    if (from_pending < pending_.size()) {
      // Not all at once: most of it may be further requests.
      const std::size_t n = std::min({pending_.size() - from_pending, max_head_bytes() - head_size_,
                                      std::max<std::size_t>(head_size_, kKeptPending)});
      (void)grow_head(head_size_ + n);
      std::memcpy(head_.get() + head_size_, pending_.data() + from_pending, n);
      from_pending += n;
      head_size_ += static_cast<std::uint32_t>(n);
    } else {
      error_code ec;
      (void)receive_head(ec);
      if (ec == asio::error::would_block) {
        if (head_size_ == 0) forget_head();
        at_once_ = 0;
        watch_head(started);
        started = started || head_size_ > 0;
        // The time may have been over while bytes came that were not all of it: nothing would end
        // another wait.
        if (read_timed_out_) {
          ec = asio::error::operation_aborted;
        } else {
          std::tie(ec) = co_await socket_.async_wait(ReadySocket::Way::kRead, kAwait);
        }
        if (!ec) continue;
      }
      if (ec) {
        // A request that arrived while the idle time ran out is served.
        if (read_timed_out_ && idle_ && socket_.is_open() &&
            socket_.peek() == ReadySocket::Peek::kBytes) {
          read_timed_out_ = false;
          continue;
        }
        Watchdog::clear(read_deadline_);
        // Nothing of a request was read: there is nobody to answer.
        if (head_size_ == 0 || aborted_ || !read_timed_out_) co_return Head::kEnd;
        request_ = Request{};  // the one before
        refusal_ = Code::kRequestTimeout;
        refusal_detail_ = "the head did not arrive in time";
        co_return Head::kRefused;
      }
    }
    const auto result = scanner_.scan({head_.get(), head_size_}, worker_.head_limits.header_bytes);
    if (result == HeadScanner::Result::kMore) continue;
    Watchdog::clear(read_deadline_);
    idle_ = false;
    if (result == HeadScanner::Result::kRefused) {
      refuse_head();
      co_return Head::kRefused;
    }
    break;
  }
  // Bytes behind the head: a body, or the next request.
  const std::size_t end = scanner_.end();
  if (from_pending == head_size_) {
    pending_.erase(0, end);
  } else if (end < head_size_) {
    std::string rest(head_.get() + end, head_size_ - end);
    rest.append(pending_, from_pending, std::string::npos);
    pending_ = std::move(rest);
  } else {
    pending_.erase(0, from_pending);
  }
  const HeadProblem problem = parse_head({head_.get() + scanner_.begin(), end - scanner_.begin()},
                                         request_, service_.needs_host());
  refusal_ = problem.code;
  refusal_detail_ = problem.detail;
  if (refusal_ == Code::kAllowed) {
    HeadRefusal over = over_limits(request_, worker_.head_limits);
    if (over.code == Code::kAllowed) co_return Head::kRequest;
    refusal_ = over.code;
    refusal_detail_ = std::move(over.detail);
  }
  co_return Head::kRefused;
}

/// What the scanner refused. What was whole until then is read, for the log, the request id, and
/// the form of the answer; that it has a body is not believed.
void Connection::refuse_head() {
  refusal_ = scanner_.why();
  refusal_detail_ = scanner_.detail();
  request_ = Request{};
  if (refusal_ != Code::kHeadersTooLarge) return;
  refusal_detail_ = too_large({head_.get(), head_size_}, worker_.head_limits);
  const std::string_view bytes(head_.get() + scanner_.begin(), head_size_ - scanner_.begin());
  const std::size_t whole = bytes.rfind("\r\n");
  (void)parse_head(bytes.substr(0, whole + 2), request_, service_.needs_host());
  request_.content_length.reset();
  request_.chunked = request_.expect_continue = false;
}

/// Sets the deadline that fits: between two requests, or within a head.
void Connection::watch_head(bool started) {
  if (started) return;
  const auto& limits = worker_.timeouts;
  idle_ = head_size_ == 0;
  const bool closing = worker_.load.closing.load(std::memory_order_relaxed);
  worker_.watchdog.watch(read_deadline_, !idle_    ? limits.head
                                         : closing ? limits.drain_idle
                                                   : limits.idle);
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
      std::tie(error) = co_await socket_.async_wait(ReadySocket::Way::kRead, kAwait);
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
  socket_.cancel(ReadySocket::Way::kRead);
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
  if (!parked_) return;
  // No coroutine waits that could see it.
  if (const auto watch = std::exchange(peer_watch_, nullptr)) watch();
}

}  // namespace portcullis::bff
