#include "net/response_reader.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace http = boost::beast::http;

namespace {

constexpr int kMaxInformational = 8;
/// Unparsed bytes: a head of the largest size, and some of what follows.
constexpr std::size_t kMaxUnparsed = limits::kMaxHeaderBytes + 4096;

UpstreamFailure invalid(std::string detail) { return {Code::kUpstreamInvalid, std::move(detail)}; }

}  // namespace

UpstreamFailure failure_of(const error_code& error, bool timed_out, std::string_view doing) {
  const std::string detail = std::string(doing) + ": ";
  if (timed_out) return {Code::kUpstreamTimeout, detail + "timed out"};
  const bool broke_off =
      error == http::error::end_of_stream || error == http::error::partial_message;
  if (!broke_off && error.category() == make_error_code(http::error::need_more).category()) {
    return {Code::kUpstreamInvalid, detail + error.message()};
  }
  return {Code::kUpstreamUnavailable, detail + error.message()};
}

UpstreamFailure ResponseReader::failure(const error_code& error, std::string_view doing) const {
  return failure_of(error, connection_.timed_out(), doing);
}

asio::awaitable<error_code> ResponseReader::fill() {
  error_code error;
  auto& buffer = connection_.buffer();
  const std::size_t got = co_await connection_.async_read_some(
      buffer.prepare(read_size_), asio::redirect_error(asio::use_awaitable, error));
  buffer.commit(got);
  if (got > 0) got_some_ = true;
  co_return error;
}

asio::awaitable<std::optional<UpstreamFailure>> ResponseReader::read_head(bool head_request) {
  constexpr std::string_view kDoing = "reading the head of the answer";
  auto& buffer = connection_.buffer();
  // Beast's header_limit is for what one put() is given: a head that trickles in would be endless.
  std::size_t head_bytes = 0;
  for (int informational = 0;;) {
    if (!parser_) {
      parser_.emplace();
      parser_->header_limit(static_cast<std::uint32_t>(limits::kMaxHeaderBytes));
      parser_->body_limit(boost::none);
      parser_->skip(head_request);
    }
    error_code error;
    if (buffer.size() > 0) {
      const std::size_t taken = parser_->put(buffer.data(), error);
      buffer.consume(taken);
      if (error && error != http::error::need_more) co_return failure(error, kDoing);
      head_bytes += taken;
      if (head_bytes > limits::kMaxHeaderBytes) co_return invalid("its head is too large");
    }
    if (!parser_->is_header_done()) {
      error = co_await fill();
      if (error == asio::error::eof) {
        error = got_some_ ? http::error::partial_message : http::error::end_of_stream;
      }
      if (error) co_return failure(error, kDoing);
      continue;
    }
    if (status() == 101) co_return invalid("it switched protocols without being asked");
    if (status() / 100 == 1) {
      // RFC 9110, 15.2: a client must be able to read over any number of these; not over endless
      // ones.
      if (++informational > kMaxInformational) co_return invalid("too many 1xx answers");
      parser_.reset();
      continue;
    }
    break;
  }
  if (status() < 200 || status() > 599) co_return invalid("its status is out of range");
  std::size_t encodings = 0;
  for (const auto& field : fields()) {
    if (field.name() != http::field::transfer_encoding) continue;
    if (++encodings > 1 || !beast::iequals(field.value(), "chunked")) {
      co_return invalid("its Transfer-Encoding is not \"chunked\"");
    }
  }
  has_body_ = !parser_->is_done() || (!head_request && status() != 204 && status() != 304);
  co_return std::nullopt;
}

std::optional<std::uint64_t> ResponseReader::content_length() const {
  const auto length = parser_->content_length();
  if (!length) return std::nullopt;
  return *length;
}

asio::awaitable<std::size_t> ResponseReader::read_some(asio::mutable_buffer into,
                                                       std::chrono::milliseconds timeout,
                                                       std::optional<UpstreamFailure>& why) {
  constexpr std::string_view kDoing = "reading the body of the answer";
  auto& buffer = connection_.buffer();
  while (!parser_->is_done()) {
    auto& body = parser_->get().body();
    body.data = into.data();
    body.size = into.size();
    error_code error;
    if (buffer.size() > 0) {
      const std::size_t used = parser_->put(buffer.data(), error);
      buffer.consume(used);
      if (error && error != http::error::need_more && error != http::error::need_buffer) {
        why = failure(error, kDoing);
        co_return 0;
      }
      const std::size_t got = into.size() - body.size;
      if (got > 0) co_return got;
      if (used > 0) continue;
      if (buffer.size() > kMaxUnparsed) {
        why = invalid("a chunk's header or the trailers are too long");
        co_return 0;
      }
    }
    if (timeout.count() > 0) connection_.read_deadline(timeout);
    error = co_await fill();
    connection_.clear_read_deadline();
    if (error == asio::error::eof) {
      // The regular end of a body without length; of any other it is a truncation.
      parser_->put_eof(error = {});
      if (!error) co_return 0;
    }
    if (error) {
      why = failure(error, kDoing);
      co_return 0;
    }
  }
  co_return 0;
}

bool ResponseReader::reusable() const {
  return done() && parser_->keep_alive() && !parser_->need_eof() &&
         connection_.buffer().size() == 0 && !connection_.closed();
}

asio::awaitable<error_code> write_all(UpstreamConnection& connection, asio::const_buffer first,
                                      asio::const_buffer second,
                                      std::chrono::milliseconds timeout) {
  error_code error;
  while (first.size() + second.size() > 0) {
    // Each write that gets on has the whole time again: slow is not dead.
    if (timeout.count() > 0) connection.write_deadline(timeout);
    const std::array<asio::const_buffer, 2> both{first, second};
    std::size_t sent = first.size() > 0 && second.size() > 0
                           ? co_await connection.async_write_some(
                                 both, asio::redirect_error(asio::use_awaitable, error))
                           : co_await connection.async_write_some(
                                 first.size() > 0 ? first : second,
                                 asio::redirect_error(asio::use_awaitable, error));
    connection.clear_write_deadline();
    if (error) co_return error;
    const std::size_t of_first = std::min(sent, first.size());
    first += of_first;
    second += sent - of_first;
  }
  co_return error;
}

}  // namespace portcullis::bff
