// ConnectionWriter: heads, and bodies sent together with them.
#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <charconv>
#include <utility>

#include "http/connection_writer.hpp"

namespace portcullis::bff {

namespace {

/// Up to this many bytes, copying a body is cheaper than passing two pieces to the kernel.
constexpr std::size_t kSmallBody = 2048;

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

bool status_has_body(unsigned status) { return status != 204 && status != 304 && status >= 200; }

}  // namespace

void ConnectionWriter::begin_head(std::string& head) {
  head.assign(unsent_);
  unsent_.clear();
}

void ConnectionWriter::append_head(std::string& out, unsigned status, std::string_view lines,
                                   bool own_csp, bool own_vary, bool vary_encoding) {
  status_ = status;
  out.append("HTTP/1.1 ");
  append_number(out, status);
  out.append(" ").append(reason_phrase(status)).append("\r\nDate: ").append(worker_.date());
  out.append("\r\nX-Request-ID: ").append(to_.request_id).append("\r\n");
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

void ConnectionWriter::append_framing(std::string& out, std::optional<std::uint64_t> length,
                                      bool has_body) {
  if (length) {
    out.append("Content-Length: ");
    append_number(out, *length);
    out.append("\r\n");
  } else if (has_body) {
    // HTTP/1.0 has no chunks: the body ends with the connection.
    chunked_ = !to_.http10;
    if (chunked_) {
      out.append("Transfer-Encoding: chunked\r\n");
    } else {
      keep_alive_ = false;
    }
  }
  if (!keep_alive_) {
    out.append("Connection: close\r\n");
  } else if (to_.http10) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

ConnectionWriter::Sent ConnectionWriter::write_response() {
  const Response& response = *response_;
  if (response.closes()) keep_alive_ = false;
  const bool has_body = status_has_body(response.status());
  const std::string_view body = response.body();
  std::string& head = worker_.scratch;
  begin_head(head);
  append_head(head, response.status(), response.header_lines(), response.has_own_csp(), false,
              response.varies_by_encoding());
  append_framing(head, has_body ? std::optional<std::uint64_t>(body.size()) : std::nullopt,
                 has_body);
  Pieces pieces{};
  if (!to_.is_head && has_body) {
    if (body.size() <= kSmallBody) {
      head.append(body);
    } else {
      pieces[1] = piece(body);
    }
  }
  pieces[0] = piece(head);
  started_ = true;
  const Sent sent = send_now(pieces);
  finished_ = sent == Sent::kAll;
  if (sent == Sent::kSome) {
    unsent_.append(static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len);
    unsent_body_ = {static_cast<const char*>(pieces[1].iov_base), pieces[1].iov_len};
  }
  return sent;
}

asio::awaitable<error_code> ConnectionWriter::begin(StreamHead head) {
  std::string out;
  begin_head(out);
  append_head(out, head.status, head.header_lines, false, false, false);
  append_framing(out, std::nullopt, true);
  started_ = true;
  headers_ = nullptr;  // a stream may outlive their configuration
  headers_owner_.reset();
  extra_lines_ = std::string();
  Pieces pieces{};
  pieces[0] = piece(out);
  co_return co_await send_all(pieces);
}

std::optional<error_code> ConnectionWriter::begin_response_now(ResponseHead& head,
                                                               asio::const_buffer first) {
  const bool has_body = head.has_body && status_has_body(head.status) && !to_.is_head;
  const bool names_length = head.status != 204 && head.status >= 200;
  std::string& out = worker_.scratch;
  begin_head(out);
  append_head(out, head.status, head.fields.text(), head.own_csp, head.own_vary, false);
  append_framing(out, names_length ? head.content_length : std::nullopt, has_body);
  started_ = true;
  Pieces pieces{};
  std::string frame;
  if (has_body && !chunked_ && first.size() <= kSmallBody) {
    out.append(static_cast<const char*>(first.data()), first.size());
  } else if (has_body && first.size() > 0) {
    pieces = framed({static_cast<const char*>(first.data()), first.size()}, frame);
    std::rotate(pieces.begin(), pieces.end() - 1, pieces.end());  // framed() leaves the last unused
  }
  pieces[0] = piece(out);
  const Sent sent = send_now(pieces);
  if (sent == Sent::kFailed) return asio::error::connection_reset;
  if (sent == Sent::kAll) return error_code{};
  keep_unsent(pieces);
  return std::nullopt;
}

asio::awaitable<error_code> ConnectionWriter::begin_response(ResponseHead head,
                                                             asio::const_buffer first) {
  if (!started_) {
    if (const auto done = begin_response_now(head, first)) co_return *done;
  }
  co_return co_await send_unsent();  // the rest of begin_response_now()
}

}  // namespace portcullis::bff
