// Reads one answer from an upstream's connection: its head, then its body piece by piece. Beast's
// parser does the parsing; the reading is done here, straight into the connection's buffer, without
// a composed operation (and its allocation) around every read.
//
// What is refused although Beast would take it: a Transfer-Encoding that is not exactly "chunked"
// (RFC 9112, 6.1: the framing could be read in two ways), an Upgrade that nobody asked for, more
// than 8 informational answers, and chunk headers or trailers without end.
#pragma once

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/asio.hpp"
#include "net/http_client.hpp"
#include "net/upstream_connection.hpp"

namespace portcullis::bff {

class ResponseReader {
 public:
  /// `read_size`: how much to ask the kernel for at once while a body is read.
  explicit ResponseReader(UpstreamConnection& connection) : connection_(connection) {}

  /// Reads up to the end of the head of the final answer. The connection's read deadline is the
  /// caller's; read_some() sets its own.
  [[nodiscard]] asio::awaitable<std::optional<UpstreamFailure>> read_head(bool head_request);

  /// Bytes of the body: at least one, or 0 at its end or on failure.
  [[nodiscard]] asio::awaitable<std::size_t> read_some(asio::mutable_buffer into,
                                                       std::chrono::milliseconds timeout,
                                                       std::optional<UpstreamFailure>& failure);

  [[nodiscard]] unsigned status() const { return parser_->get().result_int(); }
  [[nodiscard]] const HttpFields& fields() const { return parser_->get().base(); }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  [[nodiscard]] bool has_body() const { return has_body_; }
  /// Not one byte of an answer came: what a repeat depends on.
  [[nodiscard]] bool got_nothing() const noexcept { return !got_some_; }
  [[nodiscard]] bool done() const { return parser_ && parser_->is_done(); }
  /// Complete, keep-alive, and nothing behind it.
  [[nodiscard]] bool reusable() const;
  void read_size(std::size_t bytes) noexcept { read_size_ = bytes; }

 private:
  using Parser = beast::http::response_parser<beast::http::buffer_body>;
  asio::awaitable<error_code> fill();
  [[nodiscard]] UpstreamFailure failure(const error_code& error, std::string_view doing) const;

  UpstreamConnection& connection_;
  std::optional<Parser> parser_;
  std::size_t read_size_ = 4096;
  bool got_some_ = false;
  bool has_body_ = false;
  bool eof_ = false;
};

/// Writes all of `buffers`, under a write deadline.
[[nodiscard]] asio::awaitable<error_code> write_all(UpstreamConnection& connection,
                                                    asio::const_buffer first,
                                                    asio::const_buffer second,
                                                    std::chrono::milliseconds timeout);

}  // namespace portcullis::bff
