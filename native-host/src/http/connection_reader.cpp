#include "http/connection_reader.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "http/head_parser.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kFirstHeadBuffer = 1024;
/// Bytes behind a head that are examined for the next one.
constexpr std::size_t kKeptPending = 4096;
constexpr std::uint8_t kMaxAtOnce = 32;  // requests
constexpr std::size_t kMaxLinger = 64UL << 20U;

}  // namespace

void ConnectionReader::forget_head() {
  request_ = Request{};  // its views refer to the head
  head_.reset();
  head_capacity_ = head_size_ = 0;
}

bool ConnectionReader::turn_is_over() noexcept {
  if (at_once_ < kMaxAtOnce) return false;
  at_once_ = 0;
  return true;
}

void ConnectionReader::drain() {
  if (idle_) worker_.watchdog.watch(deadline_, worker_.timeouts.drain_idle);
}

void ConnectionReader::trim() {
  if (pending_.empty() && pending_.capacity() > kKeptPending) pending_.shrink_to_fit();
}

/// The maximum size of a head. A head received before a reload lowered the limit is kept.
std::size_t ConnectionReader::max_head_bytes() const noexcept {
  return std::max<std::size_t>(head_size_, kMaxRequestLineBytes + worker_.head_limits.header_bytes);
}

/// Makes room for `needed` bytes in total. Returns false above the maximum size.
bool ConnectionReader::grow_head(std::size_t needed) {
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

/// Appends bytes received behind the previous request; not all at once, because most may belong to
/// later requests.
void ConnectionReader::take_pending(std::size_t& from_pending) {
  const std::size_t n = std::min({pending_.size() - from_pending, max_head_bytes() - head_size_,
                                  std::max<std::size_t>(head_size_, kKeptPending)});
  (void)grow_head(head_size_ + n);
  std::memcpy(head_.get() + head_size_, pending_.data() + from_pending, n);
  from_pending += n;
  head_size_ += static_cast<std::uint32_t>(n);
}

/// Appends the bytes that the socket has now.
void ConnectionReader::receive_head(error_code& error) {
  char* const buffer = worker_.arrival->received.data();
  const std::size_t room =
      std::min(worker_.arrival->received.size(), max_head_bytes() - head_size_);
  const std::size_t n = socket_.receive(buffer, room, error);
  if (n > 0 && grow_head(head_size_ + n)) {
    std::memcpy(head_.get() + head_size_, buffer, n);
    head_size_ += static_cast<std::uint32_t>(n);
  }
}

asio::awaitable<ConnectionReader::Head> ConnectionReader::read_head(bool need_host) {
  scanner_.reset();
  head_size_ = 0;
  timed_out_ = false;
  at_once_ += 1;
  std::size_t from_pending = 0;
  bool started = false;
  for (;;) {
    if (head_size_ == max_head_bytes()) {
      request_ = Request{};
      clear_deadline();
      co_return refuse(Code::kHeadersTooLarge,
                       too_large({head_.get(), head_size_}, worker_.head_limits));
    }
    if (from_pending < pending_.size()) {
      take_pending(from_pending);
    } else {
      error_code error;
      receive_head(error);
      if (error == asio::error::would_block) {
        if (head_size_ == 0) forget_head();
        at_once_ = 0;
        watch_head(started);
        started = started || head_size_ > 0;
        // The deadline may have passed while a part of the head arrived; nothing would end another
        // wait.
        if (timed_out_) {
          error = asio::error::operation_aborted;
        } else {
          co_await socket_.async_wait(ReadySocket::Way::kRead,
                                      asio::redirect_error(asio::use_awaitable, error));
        }
        if (!error) continue;
      }
      if (error) {
        if (came_as_idle_time_ended()) continue;
        co_return end_of_head();
      }
    }
    const auto result = scanner_.scan({head_.get(), head_size_}, worker_.head_limits.header_bytes);
    if (result == HeadScanner::Result::kMore) continue;
    clear_deadline();
    idle_ = false;
    if (result == HeadScanner::Result::kRefused) co_return refuse_scanned(need_host);
    keep_behind_head(from_pending);
    co_return parse(need_host);
  }
}

/// A request that arrived as the idle time ended is served.
bool ConnectionReader::came_as_idle_time_ended() {
  const bool came =
      timed_out_ && idle_ && socket_.is_open() && socket_.peek() == ReadySocket::Peek::kBytes;
  if (came) timed_out_ = false;
  return came;
}

/// The client closed, or the deadline has passed.
ConnectionReader::Head ConnectionReader::end_of_head() {
  clear_deadline();
  // No byte of a request was read: there is nothing to answer.
  if (head_size_ == 0 || !socket_.is_open() || !timed_out_) return Head::kEnd;
  request_ = Request{};  // the previous one
  return refuse(Code::kRequestTimeout, "the head did not arrive in time");
}

/// Keeps the bytes behind the head: a body, or the next request.
void ConnectionReader::keep_behind_head(std::size_t from_pending) {
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
}

ConnectionReader::Head ConnectionReader::parse(bool need_host) {
  const std::string_view head(head_.get() + scanner_.begin(), scanner_.end() - scanner_.begin());
  const HeadProblem problem = parse_head(head, request_, need_host);
  refusal_ = problem.code;
  refusal_detail_ = problem.detail;
  if (refusal_ != Code::kAllowed) return Head::kRefused;
  HeadRefusal over = over_limits(request_, worker_.head_limits);
  return over.code == Code::kAllowed ? Head::kRequest : refuse(over.code, std::move(over.detail));
}

ConnectionReader::Head ConnectionReader::refuse(Code code, std::string detail) {
  refusal_ = code;
  refusal_detail_ = std::move(detail);
  return Head::kRefused;
}

/// Parses the part of a refused head that was received, for the log, the request id and the form of
/// the answer. Its framing is ignored.
ConnectionReader::Head ConnectionReader::refuse_scanned(bool need_host) {
  request_ = Request{};
  if (scanner_.why() != Code::kHeadersTooLarge) {
    return refuse(scanner_.why(), std::string(scanner_.detail()));
  }
  const std::string_view bytes(head_.get() + scanner_.begin(), head_size_ - scanner_.begin());
  (void)parse_head(bytes, request_, need_host);
  request_.content_length.reset();
  request_.chunked = request_.expect_continue = false;
  return refuse(Code::kHeadersTooLarge, too_large({head_.get(), head_size_}, worker_.head_limits));
}

/// Sets the deadline for waiting between requests or within a head.
void ConnectionReader::watch_head(bool started) {
  if (started) return;
  const auto& limits = worker_.timeouts;
  idle_ = head_size_ == 0;
  const bool closing = worker_.load.closing.load(std::memory_order_relaxed);
  worker_.watchdog.watch(deadline_, !idle_    ? limits.head
                                    : closing ? limits.drain_idle
                                              : limits.idle);
}

void ConnectionReader::on_deadline() {
  timed_out_ = true;
  socket_.cancel();
}

bool ConnectionReader::look_at_peer() {
  if (socket_.peer_gone()) return true;
  auto& buffer = worker_.arrival->received;
  error_code error;
  while (!error && pending_.size() < kMaxReadAhead) {
    const std::size_t room = std::min(buffer.size(), kMaxReadAhead - pending_.size());
    pending_.append(buffer.data(), socket_.receive(buffer.data(), room, error));
  }
  return error && error != asio::error::would_block;
}

asio::awaitable<void> ConnectionReader::wait_closed() {
  reading_ = Reading::kYes;
  // Checked before each wait: the end may have arrived with the request and raises no event then.
  error_code error;
  while (!error && !peer_closed()) {
    if (look_at_peer()) {
      peer_closed_ = true;
    } else if (reading_ == Reading::kCancelled) {
      break;
    } else {
      co_await wait_for_peer(asio::redirect_error(asio::use_awaitable, error));
    }
  }
  reading_ = Reading::kNo;
}

/// Remembered, because a wait that has completed, but whose coroutine has not run yet, cannot be
/// cancelled, and the coroutine may wait again.
void ConnectionReader::cancel_read() {
  if (reading_ == Reading::kNo) return;
  reading_ = Reading::kCancelled;
  cancel_waits();
}

void ConnectionReader::cancel_waits() noexcept {
  socket_.cancel();
  if (peer_timer_) peer_timer_->cancel();
}

asio::awaitable<void> ConnectionReader::linger() {
  forget_head();
  pending_ = std::string();
  auto& waste = worker_.arrival->received;
  const auto end = std::chrono::steady_clock::now() + 15 * worker_.timeouts.linger;
  std::size_t total = 0;
  worker_.watchdog.watch(deadline_, worker_.timeouts.linger);
  while (total < kMaxLinger && !timed_out_) {
    error_code error;
    total += socket_.receive(waste.data(), waste.size(), error);
    if (error == asio::error::would_block) {
      co_await socket_.async_wait(ReadySocket::Way::kRead,
                                  asio::redirect_error(asio::use_awaitable, error));
      if (error || std::chrono::steady_clock::now() >= end) break;
      worker_.watchdog.watch(deadline_, worker_.timeouts.linger);
    } else if (!error) {
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    }
    if (error) break;
  }
}

}  // namespace portcullis::bff
