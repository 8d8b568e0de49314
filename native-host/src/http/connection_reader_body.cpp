// ConnectionReader: request bodies.
#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/connection_reader.hpp"

namespace portcullis::bff {

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kMaxDrain = 256 * 1024;
constexpr std::size_t kDrainPiece = 16 * 1024;

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

void ConnectionReader::start_body() {
  body_ = request_.chunked ? Body::kChunked : request_.has_body() ? Body::kLength : Body::kNone;
  body_done_ = body_ == Body::kNone;
  body_failed_ = false;
  body_left_ = request_.content_length.value_or(0);
  body_read_ = 0;
  body_refusal_ = Code::kAllowed;
  chunks_ = ChunkDecoder{};
  // A client that already sent a part of the body needs no 100 (RFC 9110, section 10.1.1).
  continue_due_ = request_.expect_continue && !body_done_ && pending_.empty();
  if (!body_done_) body_started_ = std::chrono::steady_clock::now();
}

std::optional<std::uint64_t> ConnectionReader::content_length() const {
  if (body_ == Body::kChunked) return std::nullopt;
  return request_.content_length.value_or(0);
}

bool ConnectionReader::too_slow() const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::steady_clock::now() - body_started_);
  if (elapsed < worker_.timeouts.body_piece) return false;
  return body_read_ <
         worker_.timeouts.min_body_bytes_per_second * static_cast<std::uint64_t>(elapsed.count());
}

/// The number of bytes that may be read now, besides `held` bytes of the body in memory.
std::size_t ConnectionReader::room_for(std::size_t held, std::size_t wanted, error_code& error) {
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

/// The bytes available now, in pending_ or in the worker's buffer; would_block if there are none.
std::string_view ConnectionReader::arrived(std::size_t room, error_code& error) {
  if (!pending_.empty()) return std::string_view(pending_).substr(0, room);
  char* const buffer = worker_.arrival->received.data();
  return {buffer, socket_.receive(buffer, room, error)};
}

/// Appends the available bytes to the body. Does not wait.
void ConnectionReader::take(std::string& into, std::size_t room, error_code& error) {
  const bool was_pending = !pending_.empty();
  const std::string_view bytes = arrived(room, error);
  if (error) return;
  continue_due_ = false;
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

asio::awaitable<void> ConnectionReader::wait_for_bytes(error_code& error) {
  error = {};
  if (reading_ == Reading::kCancelled) {
    error = asio::error::operation_aborted;
    co_return;
  }
  timed_out_ = false;
  worker_.watchdog.watch(deadline_, worker_.timeouts.body_piece);
  co_await socket_.async_wait(ReadySocket::Way::kRead,
                              asio::redirect_error(asio::use_awaitable, error));
  Watchdog::clear(deadline_);
  if (error && timed_out_) error = timed_out();
}

asio::awaitable<void> ConnectionReader::read_piece(std::string& into, std::size_t most,
                                                   error_code& error) {
  const std::size_t before = into.size();
  while (into.size() == before && !body_done_ && !error) {
    if (continue_due_ && pending_.empty()) {
      // A client whose connection has no room for it has an earlier answer to read first; it sends
      // the body without a 100 in the end (RFC 9110, section 10.1.1).
      const auto sent = writer_.send_interim_now(kContinue);
      continue_due_ = sent == ConnectionWriter::Sent::kSome;
      if (sent == ConnectionWriter::Sent::kFailed) error = asio::error::connection_reset;
      if (error) break;
    }
    const std::size_t room = room_for(before, most, error);
    if (!error) take(into, room, error);
    if (error == asio::error::would_block) {
      // Hold no memory while waiting.
      if (allowance_) (void)allowance_->hold(before);
      if (into.empty() && into.capacity() > BodyAllowance::kFreeBytes) into = std::string();
      co_await wait_for_bytes(error);
    }
  }
}

asio::awaitable<std::size_t> ConnectionReader::read_more(std::string& into, std::size_t most,
                                                         error_code& error) {
  error = {};
  const std::size_t before = into.size();
  reading_ = Reading::kYes;
  co_await read_piece(into, most, error);
  reading_ = Reading::kNo;
  const std::size_t got = into.size() - before;
  // More was reserved than read. Once the answer has begun, a body's end counts no memory.
  if (body_done_ && allowance_) (void)allowance_->hold(writer_.started() ? 0 : into.size());
  body_read_ += got;
  if (!error) co_return got;
  body_failed_ = true;
  if (error == asio::error::eof) peer_closed_ = true;
  co_return 0;
}

asio::awaitable<Code> ConnectionReader::read_body(std::string& into, std::size_t limit) {
  into.clear();
  if (body_ == Body::kLength && body_left_ > limit) co_return Code::kBodyTooLarge;
  while (!body_done_) {
    error_code error;
    // One byte above the limit shows that the body is too large.
    (void)co_await read_more(into, limit + 1 - into.size(), error);
    if (body_refusal_ != Code::kAllowed) co_return body_refusal_;
    if (error == asio::error::timed_out) co_return Code::kRequestTimeout;
    if (error) co_return Code::kBadRequest;
    if (into.size() > limit) co_return Code::kBodyTooLarge;
  }
  co_return Code::kAllowed;
}

void ConnectionReader::answer_begins() {
  if (body_done_) allowance_.reset();
}

bool ConnectionReader::look_at_unread_body() {
  // A failed body is already known and answered.
  if (body_ != Body::kChunked || body_done_ || body_failed_) return true;
  std::array<char, 4096> waste;
  while (!body_done_ && !body_failed_ && !pending_.empty()) {
    const auto step = chunks_.feed(pending_, waste.data(), waste.size());
    pending_.erase(0, step.consumed);
    body_done_ = step.state == ChunkDecoder::State::kDone;
    body_failed_ = step.state == ChunkDecoder::State::kMalformed;
  }
  return !body_failed_;
}

bool ConnectionReader::rest_is_short() const noexcept {
  return !body_failed_ && !continue_due_ && body_ != Body::kChunked && body_left_ <= kMaxDrain;
}

asio::awaitable<bool> ConnectionReader::drain_body() {
  // Without a 100 the client may or may not send the body.
  if (body_failed_ || continue_due_) co_return false;
  std::string waste;
  std::size_t total = 0;
  while (!body_done_) {
    error_code error;
    total += co_await read_more(waste, kDrainPiece, error);
    waste.clear();
    if (error || total > kMaxDrain) co_return false;
  }
  co_return true;
}

}  // namespace portcullis::bff
