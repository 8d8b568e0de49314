// Reads one answer from an upstream: the head, then the body piece by piece. Beast's parser parses;
// reading goes straight into the connection's buffer, without a composed operation and its
// allocation per read.
//
// Rejected although Beast accepts it: a Transfer-Encoding other than exactly "chunked" (RFC 9112,
// section 6.1: ambiguous framing), an unrequested Upgrade, more than 64 interim answers, and
// endless chunk headers or trailers.
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

/// The reader of one answer. Used on the connection's thread.
class ResponseReader {
 public:
  /// The connection must outlive this.
  explicit ResponseReader(UpstreamConnection& connection) : connection_(connection) {}

  /// Reads to the end of the final answer's head. The caller sets the connection's read deadline
  /// and may renew it after each interim answer; read_some() sets its own.
  [[nodiscard]] asio::awaitable<std::optional<UpstreamFailure>> read_head(
      bool head_request, const std::function<void()>* on_informational = nullptr);

  /// Returns body bytes that have already arrived; 0 if there are none yet, at the end, or on
  /// failure.
  [[nodiscard]] std::size_t read_now(asio::mutable_buffer into,
                                     std::optional<UpstreamFailure>& failure);
  /// Returns at least one byte of the body; 0 at its end or on failure.
  [[nodiscard]] asio::awaitable<std::size_t> read_some(asio::mutable_buffer into,
                                                       std::chrono::milliseconds timeout,
                                                       std::optional<UpstreamFailure>& failure);

  [[nodiscard]] unsigned status() const noexcept { return parser_->status; }
  /// The header fields; valid as long as this object.
  [[nodiscard]] std::span<const HeaderField> fields() const noexcept { return parser_->fields; }
  /// The first field of this name; "" if absent.
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept;
  /// The Content-Length, if there is one.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  /// Whether the answer has a body.
  [[nodiscard]] bool has_body() const { return has_body_; }
  /// Whether not a single byte of an answer arrived; a condition of a repeat.
  [[nodiscard]] bool got_nothing() const noexcept { return !got_some_; }
  /// Whether the answer is complete.
  [[nodiscard]] bool done() const { return parser_ && parser_->is_done(); }
  /// Whether the connection can be reused: complete, keep-alive, nothing after the answer.
  [[nodiscard]] bool reusable() const;
  /// Sets how many bytes to request from the kernel at once while reading a body.
  void read_size(std::size_t bytes) noexcept { read_size_ = bytes; }

 private:
  /// Beast's push parser. The head's fields are views into `head_`; body bytes go to `into`, and
  /// parsing stops (need_buffer) when it is full.
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
  /// Moves a whole head from the buffer to `head_`; false if it is incomplete.
  bool take_head();
  error_code filled(std::size_t got, error_code error);
  [[nodiscard]] UpstreamFailure failure(const error_code& error, std::string_view doing) const;

  UpstreamConnection& connection_;
  std::optional<Parser> parser_;
  std::string head_;
  std::size_t searched_ = 0;  // bytes of the buffer searched for the end of the head
  std::size_t read_size_ = 4096;
  bool got_some_ = false;
  bool has_body_ = false;
};

/// Writes both buffers completely, under a write deadline.
[[nodiscard]] asio::awaitable<error_code> write_all(UpstreamConnection& connection,
                                                    asio::const_buffer first,
                                                    asio::const_buffer second,
                                                    std::chrono::milliseconds timeout);

}  // namespace portcullis::bff
