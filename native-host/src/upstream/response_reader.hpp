// Reads one answer from an upstream's connection: its head, then its body piece by piece. Beast's
// parser does the parsing; the reading is done here, straight into the connection's buffer, without
// a composed operation (and its allocation) around every read.
//
// What is refused although Beast would take it: a Transfer-Encoding that is not exactly "chunked"
// (RFC 9112, 6.1: the framing could be read in two ways), an Upgrade that nobody asked for, more
// than 64 informational answers, and chunk headers or trailers without end.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/asio.hpp"
#include "http/request.hpp"
#include "upstream/http_client.hpp"
#include "upstream/upstream_connection.hpp"

namespace portcullis::bff {

class ResponseReader {
 public:
  /// `read_size`: how much to ask the kernel for at once while a body is read.
  explicit ResponseReader(UpstreamConnection& connection) : connection_(connection) {}

  /// Reads up to the end of the head of the final answer. The connection's read deadline is the
  /// caller's, who may renew it after each informational answer; read_some() sets its own.
  [[nodiscard]] asio::awaitable<std::optional<UpstreamFailure>> read_head(
      bool head_request, const std::function<void()>* on_informational = nullptr);

  /// Bytes of the body that have arrived already; 0 when there are none yet, at its end, or on
  /// failure.
  [[nodiscard]] std::size_t read_now(asio::mutable_buffer into,
                                     std::optional<UpstreamFailure>& failure);
  /// Bytes of the body: at least one, or 0 at its end or on failure.
  [[nodiscard]] asio::awaitable<std::size_t> read_some(asio::mutable_buffer into,
                                                       std::chrono::milliseconds timeout,
                                                       std::optional<UpstreamFailure>& failure);

  [[nodiscard]] unsigned status() const noexcept { return parser_->status; }
  /// They live as long as this does.
  [[nodiscard]] std::span<const HeaderField> fields() const noexcept { return parser_->fields; }
  /// The first of this name, or "".
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  [[nodiscard]] bool has_body() const { return has_body_; }
  /// Not one byte of an answer came: what a repeat depends on.
  [[nodiscard]] bool got_nothing() const noexcept { return !got_some_; }
  [[nodiscard]] bool done() const { return parser_ && parser_->is_done(); }
  /// Complete, keep-alive, and nothing behind it.
  [[nodiscard]] bool reusable() const;
  void read_size(std::size_t bytes) noexcept { read_size_ = bytes; }

 private:
  /// Beast's push parser. The fields of the head are views into `head_`; a body's bytes go to
  /// `into`, and it stops (need_buffer) when that is full.
  struct Parser final : beast::http::basic_parser<false> {
    Parser();
    unsigned status = 0;
    std::vector<HeaderField> fields;
    char* into = nullptr;
    std::size_t room = 0;

   private:
    using string_view = beast::string_view;
    using Verb = beast::http::verb;
    std::size_t take(string_view body, error_code& error);
    void on_request_impl(Verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int code, string_view, int, error_code&) override;
    void on_field_impl(beast::http::field, string_view name, string_view value,
                       error_code&) override;
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code& error) override {
      return take(body, error);
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override {
      return take(body, error);
    }
    void on_finish_impl(error_code&) override {}
  };
  /// Takes a whole head off the buffer into `head_`; false when it is not all there.
  bool take_head();
  error_code filled(std::size_t got, error_code error);
  [[nodiscard]] UpstreamFailure failure(const error_code& error, std::string_view doing) const;

  UpstreamConnection& connection_;
  std::optional<Parser> parser_;
  std::string head_;
  std::size_t searched_ = 0;  // of the buffer, for the end of the head
  std::size_t read_size_ = 4096;
  bool got_some_ = false;
  bool has_body_ = false;
};

/// Writes all of `buffers`, under a write deadline.
[[nodiscard]] asio::awaitable<error_code> write_all(UpstreamConnection& connection,
                                                    asio::const_buffer first,
                                                    asio::const_buffer second,
                                                    std::chrono::milliseconds timeout);

}  // namespace portcullis::bff
