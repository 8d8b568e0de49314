#include "http/connection_writer.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

namespace portcullis::bff {

namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace

void ConnectionWriter::start(const AnswerTo& to) {
  to_ = to;
  response_.reset();
  headers_ = nullptr;
  extra_lines_.clear();
  bytes_out_ = 0;
  status_ = 0;
  keep_alive_ = to.keep_alive;
  started_ = finished_ = chunked_ = false;
}

void ConnectionWriter::end() {
  headers_ = nullptr;
  headers_owner_.reset();
  response_.reset();
}

void ConnectionWriter::set_headers(const SecurityHeaders& headers,
                                   std::shared_ptr<const void> owner) {
  headers_ = &headers;
  headers_owner_ = std::move(owner);
}

ConnectionWriter::Sent ConnectionWriter::send_now(Pieces& pieces) {
  if (!socket_.is_open()) return Sent::kFailed;
  for (;;) {
    error_code error;
    std::size_t left = socket_.send(pieces, error);
    if (error) return error == asio::error::would_block ? Sent::kSome : Sent::kFailed;
    bytes_out_ += left;
    bool all = true;
    for (iovec& part : pieces) {
      const std::size_t taken = std::min(left, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      left -= taken;
      all = all && part.iov_len == 0;
    }
    if (all) return Sent::kAll;
  }
}

asio::awaitable<error_code> ConnectionWriter::send_all(Pieces pieces) {
  for (;;) {
    const Sent sent = send_now(pieces);
    if (sent == Sent::kAll) co_return error_code{};
    if (sent == Sent::kFailed) co_return asio::error::connection_reset;
    worker_.watchdog.watch(stalled_, worker_.timeouts.write);
    error_code error;
    co_await socket_.async_wait(ReadySocket::Way::kWrite,
                                asio::redirect_error(asio::use_awaitable, error));
    Watchdog::clear(stalled_);
    // Cancelling a read also ends this wait. send_now() fails if the connection was aborted.
    if (error && error != asio::error::operation_aborted) co_return error;
  }
}

ConnectionWriter::Pieces ConnectionWriter::unsent() const {
  Pieces pieces{};
  pieces[0] = piece(unsent_);
  pieces[1] = piece(unsent_body_);
  return pieces;
}

void ConnectionWriter::forget_unsent() {
  unsent_ = std::string();
  unsent_body_ = {};
}

asio::awaitable<error_code> ConnectionWriter::send_unsent() {
  const error_code ec = co_await send_all(unsent());
  forget_unsent();
  co_return ec;
}

void ConnectionWriter::keep_unsent(const Pieces& pieces) {
  for (const iovec& rest : pieces) {
    unsent_.append(static_cast<const char*>(rest.iov_base), rest.iov_len);
  }
}

/// Leaves the last of the pieces unused.
ConnectionWriter::Pieces ConnectionWriter::framed(std::string_view bytes,
                                                  std::string& frame) const {
  Pieces pieces{};
  if (!chunked_) {
    pieces[0] = piece(bytes);
    return pieces;
  }
  std::array<char, 20> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  frame.assign(size.data(), static_cast<std::size_t>(end - size.data())).append("\r\n");
  pieces[0] = piece(frame);
  pieces[1] = piece(bytes);
  pieces[2] = piece("\r\n");
  return pieces;
}

bool ConnectionWriter::write_now(std::string_view bytes) {
  if (to_.is_head || bytes.empty()) return true;
  std::string frame;
  Pieces pieces = framed(bytes, frame);
  // Waiting bytes come first.
  if (unsent_.empty() && send_now(pieces) == Sent::kAll) return true;
  keep_unsent(pieces);
  return false;
}

bool ConnectionWriter::write_event_now(std::string_view plain, std::string_view chunk) {
  if (to_.is_head) return true;
  Pieces pieces{};
  pieces[0] = piece(chunked_ ? chunk : plain);
  if (unsent_.empty() && send_now(pieces) == Sent::kAll) return true;
  unsent_.append(static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len);
  return false;
}

void ConnectionWriter::write_comment_now(std::string_view comment) {
  if (to_.is_head || finished_ || !socket_.is_open() || !unsent_.empty()) return;
  std::string frame;
  Pieces pieces = framed(comment, frame);
  // A broken connection is detected by the next write or by the wait for its end.
  if (send_now(pieces) == Sent::kSome) keep_unsent(pieces);
}

asio::awaitable<error_code> ConnectionWriter::write(std::string_view bytes) {
  if (to_.is_head) co_return error_code{};
  if (!unsent_.empty()) co_return co_await send_unsent();
  if (bytes.empty()) co_return error_code{};
  std::string frame;
  co_return co_await send_all(framed(bytes, frame));
}

asio::awaitable<error_code> ConnectionWriter::write_some(std::string_view bytes) {
  return unsent_.empty() ? write(bytes) : write_behind_unsent(bytes);
}

asio::awaitable<error_code> ConnectionWriter::write_behind_unsent(std::string_view bytes) {
  const error_code error = co_await send_unsent();
  if (error) co_return error;
  co_return co_await write(bytes);
}

ConnectionWriter::Sent ConnectionWriter::finish_now() {
  if (finished_) return Sent::kAll;
  if (!socket_.is_open()) return Sent::kFailed;
  if (waits()) return Sent::kSome;
  if (chunked_ && !to_.is_head) {
    Pieces pieces{};
    pieces[0] = piece(kLastChunk);
    const Sent sent = send_now(pieces);
    // A partly written last chunk is too rare to keep its rest.
    if (sent == Sent::kSome && pieces[0].iov_len < kLastChunk.size()) return Sent::kFailed;
    if (sent != Sent::kAll) return sent;
  }
  finished_ = true;
  return Sent::kAll;
}

asio::awaitable<error_code> ConnectionWriter::finish() {
  if (finished_) co_return error_code{};
  error_code ec;
  if (waits()) {
    ec = co_await send_all(unsent());
    forget_unsent();
  }
  if (!ec && chunked_ && !to_.is_head) {
    Pieces pieces{};
    pieces[0] = piece(kLastChunk);
    ec = co_await send_all(pieces);
  }
  finished_ = !ec;
  co_return ec;
}

ConnectionWriter::Sent ConnectionWriter::send_interim_now(std::string_view bytes) {
  if (started_) return Sent::kAll;
  const std::string rest = std::exchange(unsent_, std::string());
  Pieces pieces{};
  pieces[0] = piece(rest.empty() ? bytes : rest);
  const Sent sent = send_now(pieces);
  const bool in_part = !rest.empty() || pieces[0].iov_len < bytes.size();
  if (sent == Sent::kSome && in_part) keep_unsent(pieces);
  return sent;
}

asio::awaitable<error_code> ConnectionWriter::send_raw(std::string_view bytes) {
  started_ = true;
  Pieces pieces{};
  pieces[0] = piece(bytes);
  return send_all(pieces);
}

}  // namespace portcullis::bff
