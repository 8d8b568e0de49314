// The answer: its head, its framing, and writing it with one system call where the kernel takes it.
#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "http/connection.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kSmallBody = 2048;

iovec piece(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

bool status_has_body(unsigned status) { return status != 204 && status != 304 && status >= 200; }

}  // namespace

void Connection::append_head(std::string& out, unsigned status, std::string_view lines,
                             bool own_csp, bool own_vary, bool vary_encoding) {
  status_ = status;
  out.append("HTTP/1.1 ");
  append_number(out, status);
  out.append(" ").append(reason_phrase(status)).append("\r\nDate: ").append(worker_.date());
  out.append("\r\nX-Request-ID: ").append(request_id_).append("\r\n");
  out.append(lines).append(extra_lines_);
  if (headers_ != nullptr) {
    if (!own_csp && !own_vary && !vary_encoding) {
      out.append(headers_->all);
    } else {
      if (!own_csp) out.append(headers_->csp);
      out.append(headers_->rest);
      if (!own_vary) out.append(vary_encoding ? headers_->vary_encoding : headers_->vary);
    }
  }
}

void Connection::append_framing(std::string& out, std::optional<std::uint64_t> length,
                                bool has_body) {
  if (length) {
    out.append("Content-Length: ");
    append_number(out, *length);
    out.append("\r\n");
  } else if (has_body) {
    // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
    chunked_out_ = !http10_;
    if (chunked_out_) {
      out.append("Transfer-Encoding: chunked\r\n");
    } else {
      keep_alive_ = false;
    }
  }
  if (!keep_alive_) {
    out.append("Connection: close\r\n");
  } else if (http10_) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

void Connection::respond(Response response) { response_.emplace(std::move(response)); }

/// True when all of it was written; otherwise the rest is in unsent_, or the connection is gone.
bool Connection::write_response_now() {
  const Response& response = *response_;
  std::string& head = worker_.scratch;
  head.clear();
  append_head(head, response.status(), response.header_lines(), response.has_own_csp(), false,
              response.varies_by_encoding());
  const std::string_view body = response.body();
  if (status_has_body(response.status())) {
    append_framing(head, body.size(), true);
  } else {
    append_framing(head, std::nullopt, false);
  }
  Pieces pieces{};
  if (!is_head_ && status_has_body(response.status())) {
    // To copy a small one costs less than to hand over two pieces.
    if (body.size() <= kSmallBody) {
      head.append(body);
    } else {
      pieces[1] = piece(body);
    }
  }
  pieces[0] = piece(head);
  started_ = true;
  const Sent sent = send_now(pieces);
  if (sent == Sent::kAll) return true;
  if (sent == Sent::kFailed) {
    abort();
    return false;
  }
  unsent_.append(static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len);
  unsent_body_ = {static_cast<const char*>(pieces[1].iov_base), pieces[1].iov_len};
  return false;
}

void Connection::keep_unsent(const Pieces& pieces) {
  for (const iovec& rest : pieces) {
    unsent_.append(static_cast<const char*>(rest.iov_base), rest.iov_len);
  }
}

Connection::Sent Connection::send_now(Pieces& pieces) {
  if (aborted_) return Sent::kFailed;
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

asio::awaitable<error_code> Connection::send_all(Pieces pieces) {
  for (;;) {
    const Sent sent = send_now(pieces);
    if (sent == Sent::kAll) co_return error_code{};
    if (sent == Sent::kFailed) co_return asio::error::connection_reset;
    worker_.watchdog.watch(write_deadline_, worker_.timeouts.write);
    error_code error;
    co_await socket_.async_wait(ReadySocket::Way::kWrite,
                                asio::redirect_error(asio::use_awaitable, error));
    Watchdog::clear(write_deadline_);
    // Cancelling a read ends this wait, too; send_now() fails if the connection was aborted.
    if (error && error != asio::error::operation_aborted) co_return error;
  }
}

asio::awaitable<error_code> Connection::send_unsent() {
  Pieces pieces{};
  pieces[0] = piece(unsent_);
  pieces[1] = piece(unsent_body_);
  const error_code ec = co_await send_all(pieces);
  unsent_ = std::string();
  unsent_body_ = {};
  co_return ec;
}

/// A whole body has been used by now; its answer may take hours.
void Connection::answer_begins() {
  started_ = true;
  if (body_done_) allowance_.reset();
}

asio::awaitable<error_code> Connection::begin(StreamHead head) {
  if (draining()) keep_alive_ = false;
  std::string out;
  append_head(out, head.status, head.header_lines, false, false, false);
  append_framing(out, std::nullopt, true);
  answer_begins();
  headers_ = nullptr;  // a stream may outlive the configuration that they belong to
  headers_owner_.reset();
  extra_lines_ = std::string();
  Pieces pieces{};
  pieces[0] = piece(out);
  co_return co_await send_all(pieces);
}

Connection::Pieces Connection::framed(std::string_view bytes, std::string& frame) const {
  Pieces pieces{};
  if (!chunked_out_) {
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

bool Connection::write_now(std::string_view bytes) {
  if (is_head_ || bytes.empty()) return true;
  if (!unsent_.empty()) {
    // Not before what is waiting already.
    std::string frame;
    keep_unsent(framed(bytes, frame));
    return false;
  }
  std::string frame;
  Pieces pieces = framed(bytes, frame);
  const Sent sent = send_now(pieces);
  if (sent == Sent::kAll) return true;
  keep_unsent(pieces);
  return false;
}

asio::awaitable<error_code> Connection::write(std::string_view bytes) {
  if (is_head_) co_return error_code{};
  if (!unsent_.empty()) co_return co_await send_unsent();
  if (bytes.empty()) co_return error_code{};
  std::string frame;
  co_return co_await send_all(framed(bytes, frame));
}

asio::awaitable<error_code> Connection::finish() {
  if (finished_) co_return error_code{};
  error_code ec;
  if (!unsent_.empty()) ec = co_await send_unsent();
  if (!ec && chunked_out_ && !is_head_) {
    Pieces pieces{};
    pieces[0] = piece("0\r\n\r\n");
    ec = co_await send_all(pieces);
  }
  finished_ = !ec;
  co_return ec;
}

asio::awaitable<void> Connection::send_raw_and_abort(std::string bytes) {
  started_ = true;
  Pieces pieces{};
  pieces[0] = piece(bytes);
  (void)co_await send_all(pieces);
  // Not a reset: what was sent has to arrive.
  keep_alive_ = false;
  aborted_ = true;
  socket_.shutdown_send();
  socket_.close();
}

std::optional<error_code> Connection::begin_response_now(ResponseHead& head,
                                                         asio::const_buffer first) {
  if (draining()) keep_alive_ = false;
  const bool has_body = head.has_body && status_has_body(head.status) && !is_head_;
  const bool names_length = head.status != 204 && head.status >= 200;
  std::string& out = worker_.scratch;
  out.clear();
  append_head(out, head.status, head.fields.text(), head.own_csp, head.own_vary, false);
  append_framing(out, names_length ? head.content_length : std::nullopt, has_body);
  answer_begins();
  Pieces pieces{};
  std::string frame;
  if (has_body && !chunked_out_ && first.size() <= kSmallBody) {
    out.append(static_cast<const char*>(first.data()), first.size());
  } else if (has_body && first.size() > 0) {
    pieces = framed({static_cast<const char*>(first.data()), first.size()}, frame);
    std::rotate(pieces.begin(), pieces.end() - 1, pieces.end());  // framed() leaves the last free
  }
  pieces[0] = piece(out);
  const Sent sent = send_now(pieces);
  if (sent == Sent::kFailed) return asio::error::connection_reset;
  if (sent == Sent::kAll) return error_code{};
  keep_unsent(pieces);
  return std::nullopt;
}

asio::awaitable<error_code> Connection::begin_response(ResponseHead head,
                                                       asio::const_buffer first) {
  if (!started_) {
    if (const auto done = begin_response_now(head, first)) co_return *done;
  }
  co_return co_await send_unsent();  // what begin_response_now() could not write
}

bool Connection::finish_now() {
  if (finished_ || aborted_ || !unsent_.empty()) return finished_;
  if (chunked_out_ && !is_head_) {
    constexpr std::string_view kLast = "0\r\n\r\n";
    Pieces pieces{};
    pieces[0] = piece(kLast);
    const Sent sent = send_now(pieces);
    // A part of it: too rare to be remembered, and the message must not look whole.
    if (sent == Sent::kFailed || (sent == Sent::kSome && pieces[0].iov_len < kLast.size())) abort();
    if (sent != Sent::kAll) return false;
  }
  finished_ = true;
  return true;
}

void Connection::write_comment_now(std::string_view comment) {
  if (is_head_ || finished_ || aborted_ || !unsent_.empty()) return;
  std::string frame;
  Pieces pieces = framed(comment, frame);
  // A broken connection is found by the next write, or by who waits for its end.
  if (send_now(pieces) == Sent::kSome) keep_unsent(pieces);
}

asio::awaitable<error_code> Connection::write_some(asio::const_buffer bytes) {
  const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
  return unsent_.empty() ? write(text) : write_behind_unsent(text);
}

/// What is left of a comment goes first.
asio::awaitable<error_code> Connection::write_behind_unsent(std::string_view bytes) {
  const error_code error = co_await send_unsent();
  if (error) co_return error;
  co_return co_await write(bytes);
}

}  // namespace portcullis::bff
