// Reading a request's head.
#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "http/connection.hpp"
#include "http/head_parser.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kFirstHeadBuffer = 1024;
/// Of bytes behind a head, so many are looked at for the next one.
constexpr std::size_t kKeptPending = 4096;

}  // namespace

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
          co_await socket_.async_wait(ReadySocket::Way::kRead,
                                      asio::redirect_error(asio::use_awaitable, ec));
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

}  // namespace portcullis::bff
