// The request's body, and the client's half of a proxied exchange.
#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <utility>

#include "http/connection.hpp"

namespace portcullis::bff {

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

error_code malformed() {
  return boost::system::errc::make_error_code(boost::system::errc::bad_message);
}
error_code timed_out() { return asio::error::timed_out; }
error_code no_memory() {
  return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
}
error_code no_share() {
  return boost::system::errc::make_error_code(boost::system::errc::no_buffer_space);
}

}  // namespace

void Connection::start_body() {
  body_ = request_.chunked ? Body::kChunked : request_.has_body() ? Body::kLength : Body::kNone;
  body_done_ = body_ == Body::kNone;
  body_failed_ = false;
  body_left_ = request_.content_length.value_or(0);
  body_read_ = 0;
  body_refusal_ = Code::kAllowed;
  chunks_ = ChunkDecoder{};
  // A client that sent the body without waiting needs no 100 (RFC 9110, 10.1.1).
  continue_due_ = request_.expect_continue && !body_done_ && pending_.empty();
  if (!body_done_) body_started_ = std::chrono::steady_clock::now();
}

std::optional<std::uint64_t> Connection::request_content_length() const {
  if (body_ == Body::kChunked) return std::nullopt;
  return request_.content_length.value_or(0);
}

bool Connection::too_slow() const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now() - body_started_);
  if (elapsed < worker_.timeouts.body_piece) return false;
  return body_read_ <
         worker_.timeouts.min_body_bytes_per_second * static_cast<std::uint64_t>(elapsed.count());
}

/// How many bytes may be taken now, beside `held` of the body that are in memory.
std::size_t Connection::room_for(std::size_t held, std::size_t wanted, error_code& error) {
  std::size_t room = std::min(wanted, worker_.arrival->received.size());
  if (body_ == Body::kLength) {
    room = static_cast<std::size_t>(std::min<std::uint64_t>(room, body_left_));
  }
  if (!allowance_ || held + room <= BodyAllowance::kFreeBytes) return room;
  const Code code = allowance_->hold(held + room);
  if (code == Code::kAllowed) return room;
  if (held < BodyAllowance::kFreeBytes) return BodyAllowance::kFreeBytes - held;
  body_refusal_ = code;
  error = code == Code::kOverloaded ? no_memory() : no_share();
  return 0;
}

/// Bytes that are there now; would_block when there are none. They are in pending_, or in the
/// worker's buffer.
std::string_view Connection::arrived(std::size_t room, error_code& error) {
  if (!pending_.empty()) return std::string_view(pending_).substr(0, room);
  char* const buffer = worker_.arrival->received.data();
  return {buffer, socket_.receive(buffer, room, error)};
}

/// Moves what is there now into the body. Waits for nothing.
void Connection::take(std::string& into, std::size_t room, error_code& error) {
  const bool was_pending = !pending_.empty();
  const std::string_view bytes = arrived(room, error);
  if (error) return;
  std::size_t used = bytes.size();
  if (body_ == Body::kLength) {
    into.append(bytes);
    body_left_ -= used;
    body_done_ = body_left_ == 0;
  } else {
    char* const decoded = worker_.arrival->decoded.data();
    const ChunkDecoder::Step step = chunks_.feed(bytes, decoded, room);
    into.append(decoded, step.produced);
    used = step.consumed;
    body_done_ = step.state == ChunkDecoder::State::kDone;
    if (step.state == ChunkDecoder::State::kMalformed) error = malformed();
  }
  if (was_pending) {
    pending_.erase(0, used);
  } else if (used < bytes.size()) {
    pending_.assign(bytes.substr(used));  // behind a chunked body: the next request
  }
  if (!error && !body_done_ && too_slow()) error = timed_out();
}

asio::awaitable<void> Connection::send_continue(error_code& error) {
  continue_due_ = false;
  Pieces pieces{};
  pieces[0] = {const_cast<char*>(kContinue.data()), kContinue.size()};
  error = co_await send_all(pieces);
}

asio::awaitable<void> Connection::wait_for_bytes(error_code& error) {
  error = {};
  if (reading_ == Reading::kCancelled) {
    error = asio::error::operation_aborted;
    co_return;
  }
  read_timed_out_ = false;
  worker_.watchdog.watch(read_deadline_, worker_.timeouts.body_piece);
  co_await socket_.async_wait(ReadySocket::Way::kRead,
                              asio::redirect_error(asio::use_awaitable, error));
  Watchdog::clear(read_deadline_);
  if (error && read_timed_out_) error = timed_out();
}

asio::awaitable<void> Connection::read_piece(std::string& into, std::size_t most,
                                             error_code& error) {
  const std::size_t before = into.size();
  while (into.size() == before && !body_done_ && !error) {
    if (continue_due_ && pending_.empty()) {
      co_await send_continue(error);
      if (error) break;
    }
    const std::size_t room = room_for(before, most, error);
    if (!error) take(into, room, error);
    if (error == asio::error::would_block) {
      // Nothing is held for what is not there.
      if (allowance_) (void)allowance_->hold(before);
      if (into.empty() && into.capacity() > BodyAllowance::kFreeBytes) into = std::string();
      co_await wait_for_bytes(error);
    }
  }
}

asio::awaitable<std::size_t> Connection::read_more(std::string& into, std::size_t most,
                                                   error_code& error) {
  error = {};
  const std::size_t before = into.size();
  reading_ = Reading::kYes;
  co_await read_piece(into, most, error);
  reading_ = Reading::kNo;
  const std::size_t got = into.size() - before;
  // The room for it was larger. Once the answer has begun nobody keeps the end of a body.
  if (body_done_ && allowance_) (void)allowance_->hold(started_ ? 0 : into.size());
  body_read_ += got;
  if (!error) co_return got;
  body_failed_ = true;
  keep_alive_ = false;
  if (error == asio::error::eof) peer_closed_ = true;
  co_return 0;
}

asio::awaitable<Code> Connection::read_body(std::string& into, std::size_t limit) {
  into.clear();
  if (body_ == Body::kLength && body_left_ > limit) co_return Code::kBodyTooLarge;
  while (!body_done_) {
    error_code error;
    // One byte over the limit shows that there is more.
    (void)co_await read_more(into, limit + 1 - into.size(), error);
    if (body_refusal_ != Code::kAllowed) co_return body_refusal_;
    if (error == asio::error::timed_out) co_return Code::kRequestTimeout;
    if (error) co_return Code::kBadRequest;
    if (into.size() > limit) co_return Code::kBodyTooLarge;
  }
  co_return Code::kAllowed;
}

/// Remembered: a wait that is over, and whose coroutine has not run since, cannot be cancelled, and
/// the coroutine may wait again.
void Connection::cancel_read() {
  if (reading_ == Reading::kNo) return;
  reading_ = Reading::kCancelled;
  cancel_reads();
}

asio::awaitable<void> Connection::wait_closed() {
  reading_ = Reading::kYes;
  // Looked at before each wait: the end may have come with the request, and raises no event then.
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

}  // namespace portcullis::bff
