// The request's body, and the client's half of a proxied exchange.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <tuple>
#include <utility>

#include "http/connection.hpp"

namespace portcullis::bff {

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kChunkBuffer = 16 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

error_code malformed() {
  return boost::system::errc::make_error_code(boost::system::errc::bad_message);
}
error_code timed_out() { return asio::error::timed_out; }

}  // namespace

void Connection::start_body() {
  body_ = request_.chunked ? Body::kChunked : request_.has_body() ? Body::kLength : Body::kNone;
  body_done_ = body_ == Body::kNone;
  body_failed_ = false;
  body_left_ = request_.content_length.value_or(0);
  body_read_ = 0;
  chunks_ = ChunkDecoder{};
  // A client that sent the body without waiting needs no 100 (RFC 9110, 10.1.1).
  continue_due_ = request_.expect_continue && !body_done_ && pending_.empty();
  if (!body_done_) body_started_ = std::chrono::steady_clock::now();
}

std::optional<std::uint64_t> Connection::request_content_length() const {
  if (body_ == Body::kChunked) return std::nullopt;
  return request_.content_length.value_or(0);
}

std::size_t Connection::take_pending(char* into, std::size_t room) {
  const std::size_t n = std::min(room, pending_.size());
  std::memcpy(into, pending_.data(), n);
  pending_.erase(0, n);
  return n;
}

bool Connection::too_slow() const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now() - body_started_);
  if (elapsed < worker_.timeouts.body_piece) return false;
  return body_read_ <
         worker_.timeouts.min_body_bytes_per_second * static_cast<std::uint64_t>(elapsed.count());
}

asio::awaitable<std::size_t> Connection::receive(char* into, std::size_t room, error_code& error) {
  if (!pending_.empty()) co_return take_pending(into, room);
  if (continue_due_) {
    continue_due_ = false;
    Pieces pieces{};
    pieces[0] = {const_cast<char*>(kContinue.data()), kContinue.size()};
    error = co_await send_all(pieces);
    if (error) co_return 0;
  }
  for (;;) {
    const std::size_t n = socket_.receive(into, room, error);
    if (error != asio::error::would_block) co_return n;
    // Who breaks off in the middle of a body is told from who is slow.
    if (socket_.read_may_hide_end() && socket_.peek() != ReadySocket::Peek::kNothing) continue;
    worker_.watchdog.watch(read_deadline_, worker_.timeouts.body_piece);
    std::tie(error) = co_await socket_.async_wait(ReadySocket::Way::kRead, kAwait);
    Watchdog::clear(read_deadline_);
    if (error) {
      if (read_timed_out_) error = timed_out();
      co_return 0;
    }
  }
}

asio::awaitable<std::size_t> Connection::read_chunked(char* into, std::size_t room,
                                                      error_code& error) {
  std::size_t produced = 0;
  while (produced == 0 && !body_done_) {
    if (pending_.empty()) {
      std::string more(kChunkBuffer, '\0');
      more.resize(co_await receive(more.data(), more.size(), error));
      if (error) co_return 0;
      pending_ = std::move(more);
    }
    const ChunkDecoder::Step step = chunks_.feed(pending_, into, room);
    pending_.erase(0, step.consumed);
    produced = step.produced;
    if (step.state == ChunkDecoder::State::kMalformed) {
      error = malformed();
      co_return 0;
    }
    body_done_ = step.state == ChunkDecoder::State::kDone;
    if (too_slow()) {
      error = timed_out();
      co_return 0;
    }
  }
  co_return produced;
}

asio::awaitable<std::size_t> Connection::read_some(asio::mutable_buffer into, error_code& error) {
  error = {};
  if (body_done_) co_return 0;
  std::size_t n = 0;
  auto* const out = static_cast<char*>(into.data());
  if (body_ == Body::kChunked) {
    n = co_await read_chunked(out, into.size(), error);
  } else {
    const std::size_t room =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), body_left_));
    n = co_await receive(out, room, error);
    body_left_ -= n;
    if (!error) body_done_ = body_left_ == 0;
    if (!error && !body_done_ && too_slow()) error = timed_out();
  }
  body_read_ += n;
  if (error) {
    body_failed_ = true;
    keep_alive_ = false;
    if (error == asio::error::eof) peer_closed_ = true;
    co_return 0;
  }
  co_return n;
}

asio::awaitable<Code> Connection::read_body(std::string& into, std::size_t limit) {
  into.clear();
  if (body_done_) co_return Code::kAllowed;
  if (body_ == Body::kLength) {
    if (body_left_ > limit) co_return Code::kBodyTooLarge;
    into.reserve(static_cast<std::size_t>(body_left_));
  }
  std::size_t size = 0;
  while (!body_done_) {
    // One byte over the limit shows that there is more.
    const std::size_t room = body_ == Body::kLength
                                 ? static_cast<std::size_t>(body_left_)
                                 : std::min<std::size_t>(kChunkBuffer, limit + 1 - size);
    into.resize(size + room);
    error_code error;
    size += co_await read_some(asio::mutable_buffer(into.data() + size, room), error);
    if (error == asio::error::timed_out) co_return Code::kRequestTimeout;
    if (error) co_return Code::kBadRequest;
    if (size > limit) co_return Code::kBodyTooLarge;
  }
  into.resize(size);
  co_return Code::kAllowed;
}

void Connection::cancel_read() { socket_.cancel(ReadySocket::Way::kRead); }

asio::awaitable<void> Connection::wait_closed() {
  // Looked at before each wait: the end may have come with the request, and raises no event then.
  while (!peer_closed() && !socket_.peer_gone()) {
    const auto [ec] = co_await socket_.async_wait(ReadySocket::Way::kRead, kAwait);
    if (ec) co_return;
  }
  peer_closed_ = true;
}

}  // namespace portcullis::bff
