// The answer: its head, its framing, and writing it with one system call where the kernel takes it.
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/fields.hpp>
#include <charconv>

#include "http/connection.hpp"

namespace portcullis::bff {

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

iovec piece(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

bool status_has_body(unsigned status) { return status != 204 && status != 304 && status >= 200; }

/// What only this server says about an answer (SecurityHeaders::rest and append_head).
bool is_ours(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kOurs{"x-content-type-options",
                                                          "referrer-policy",
                                                          "permissions-policy",
                                                          "cross-origin-opener-policy",
                                                          "cross-origin-resource-policy",
                                                          "date",
                                                          "server",
                                                          "connection",
                                                          "content-length",
                                                          "transfer-encoding",
                                                          "x-request-id"};
  for (const std::string_view ours : kOurs) {
    if (iequals(ours, name)) return true;
  }
  return false;
}

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
  append_head(head, response.status(), response.header_lines(), false, false,
              response.varies_by_encoding());
  const std::string_view body = response.body();
  if (status_has_body(response.status())) {
    append_framing(head, body.size(), true);
  } else {
    append_framing(head, std::nullopt, false);
  }
  Pieces pieces{};
  pieces[0] = piece(head);
  if (!is_head_ && status_has_body(response.status())) pieces[1] = piece(body);
  started_ = true;
  const Sent sent = send_now(pieces);
  if (sent == Sent::kAll) return true;
  if (sent == Sent::kFailed) {
    abort();
    return false;
  }
  unsent_.clear();
  for (const iovec& rest : pieces) {
    unsent_.append(static_cast<const char*>(rest.iov_base), rest.iov_len);
  }
  return false;
}

Connection::Sent Connection::send_now(Pieces& pieces) {
  if (aborted_) return Sent::kFailed;
  for (;;) {
    msghdr message{};
    std::size_t first = 0;
    while (first < pieces.size() && pieces[first].iov_len == 0) ++first;
    if (first == pieces.size()) return Sent::kAll;
    message.msg_iov = &pieces[first];
    message.msg_iovlen = pieces.size() - first;
    const ssize_t n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::kSome : Sent::kFailed;
    }
    bytes_out_ += static_cast<std::uint64_t>(n);
    auto left = static_cast<std::size_t>(n);
    for (iovec& part : pieces) {
      const std::size_t taken = std::min(left, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      left -= taken;
    }
  }
}

asio::awaitable<error_code> Connection::send_all(Pieces pieces) {
  for (;;) {
    const Sent sent = send_now(pieces);
    if (sent == Sent::kAll) co_return error_code{};
    if (sent == Sent::kFailed) co_return asio::error::connection_reset;
    worker_.watchdog.watch(write_deadline_, worker_.timeouts.write);
    const auto [ec] = co_await socket_.async_wait(Tcp::socket::wait_write, kAwait);
    Watchdog::clear(write_deadline_);
    if (ec) co_return ec;
  }
}

asio::awaitable<error_code> Connection::send_unsent() {
  Pieces pieces{};
  pieces[0] = piece(unsent_);
  const error_code ec = co_await send_all(pieces);
  unsent_ = std::string();
  co_return ec;
}

asio::awaitable<error_code> Connection::begin(StreamHead head) {
  if (draining()) keep_alive_ = false;
  std::string out;
  append_head(out, head.status, head.header_lines, false, false, false);
  append_framing(out, std::nullopt, true);
  started_ = true;
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
    for (const iovec& part : framed(bytes, frame)) {
      unsent_.append(static_cast<const char*>(part.iov_base), part.iov_len);
    }
    return false;
  }
  std::string frame;
  Pieces pieces = framed(bytes, frame);
  const Sent sent = send_now(pieces);
  if (sent == Sent::kAll) return true;
  for (const iovec& part : pieces) {
    unsent_.append(static_cast<const char*>(part.iov_base), part.iov_len);
  }
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
  error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

asio::awaitable<error_code> Connection::begin_response(ResponseHead head) {
  if (draining()) keep_alive_ = false;
  std::string lines;
  bool own_csp = false;
  bool own_vary = false;
  for (const auto& field : head.fields) {
    if (is_ours(field.name_string())) continue;
    own_csp = own_csp || iequals(field.name_string(), "content-security-policy");
    own_vary = own_vary || iequals(field.name_string(), "vary");
    append_header(lines, field.name_string(), field.value());
  }
  std::string out;
  append_head(out, head.status, lines, own_csp, own_vary, false);
  const bool has_body = head.has_body && status_has_body(head.status) && !is_head_;
  const bool names_length = head.status != 204 && head.status >= 200;
  append_framing(out, names_length ? head.content_length : std::nullopt, has_body);
  started_ = true;
  Pieces pieces{};
  pieces[0] = piece(out);
  co_return co_await send_all(pieces);
}

asio::awaitable<error_code> Connection::write_some(asio::const_buffer bytes) {
  return write({static_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace portcullis::bff
