#include "upstream/response_reader.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace http = boost::beast::http;

namespace {

constexpr int kMaxInformational = 64;
/// Limit of unparsed bytes: the largest head plus some of what follows.
constexpr std::size_t kMaxUnparsed = limits::kMaxHeaderBytes + 4096;

constexpr std::string_view kReadingBody = "reading the body of the answer";

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

error_code ResponseReader::filled(std::size_t got, error_code error) {
  connection_.buffer().commit(got);
  if (got > 0) got_some_ = true;
  return error;
}

ResponseReader::Parser::Parser() {
  header_limit(static_cast<std::uint32_t>(limits::kMaxHeaderBytes));
  body_limit(boost::none);
}

void ResponseReader::Parser::on_response_impl(int code, string_view, int, error_code&) {
  status = static_cast<unsigned>(code);
}

void ResponseReader::Parser::on_field_impl(http::field, string_view name, string_view value,
                                           error_code&) {
  fields.push_back({name, value});
}

std::size_t ResponseReader::Parser::take(string_view body, error_code& error) {
  const std::size_t n = std::min(room, body.size());
  std::memcpy(into, body.data(), n);
  into += n;
  room -= n;
  if (n < body.size()) error = http::error::need_buffer;
  return n;
}

std::string_view ResponseReader::field(std::string_view name) const noexcept {
  for (const HeaderField& each : fields()) {
    if (iequals(each.name, name)) return each.value;
  }
  return {};
}

bool ResponseReader::take_head() {
  auto& buffer = connection_.buffer();
  const std::string_view bytes(static_cast<const char*>(buffer.data().data()), buffer.size());
  const std::size_t end = bytes.find("\r\n\r\n", searched_);
  if (end == bytes.npos) {
    searched_ = bytes.size() < 3 ? 0 : bytes.size() - 3;
    return false;
  }
  head_.assign(bytes.substr(0, end + 4));
  buffer.consume(head_.size());
  searched_ = 0;
  return true;
}

asio::awaitable<std::optional<UpstreamFailure>> ResponseReader::read_head(
    bool head_request, const std::function<void()>* on_informational) {
  constexpr std::string_view kDoing = "reading the head of the answer";
  for (int informational = 0;;) {
    while (!take_head()) {
      if (connection_.buffer().size() > limits::kMaxHeaderBytes) {
        co_return invalid("its head is too large");
      }
      error_code error;
      const auto room = connection_.buffer().prepare(read_size_);
      std::size_t got = connection_.read_now(room, error);
      while (error == asio::error::would_block) {
        if (connection_.plain() == nullptr) {
          got = co_await connection_.read_some(room, error);
          break;
        }
        co_await connection_.plain()->async_wait(ReadySocket::Way::kRead,
                                                 asio::redirect_error(asio::use_awaitable, error));
        if (!error) got = connection_.read_now(room, error);
      }
      error = filled(got, error);
      if (error == asio::error::eof) {
        error = got_some_ ? http::error::partial_message : http::error::end_of_stream;
      }
      if (error) co_return failure(error, kDoing);
    }
    if (head_.size() > limits::kMaxHeaderBytes) co_return invalid("its head is too large");
    parser_.emplace();
    parser_->skip(head_request);
    error_code error;
    parser_->put(asio::buffer(head_), error);
    if (error && error != http::error::need_more) co_return failure(error, kDoing);
    if (!parser_->is_header_done()) co_return invalid("its head is malformed");
    if (status() == 101) co_return invalid("it switched protocols without being asked");
    if (status() / 100 != 1) break;
    // RFC 9110, section 15.2: a client must accept any number of interim answers, but not endless
    // ones.
    if (++informational > kMaxInformational) co_return invalid("too many 1xx answers");
    if (on_informational != nullptr) (*on_informational)();
  }
  if (status() < 200 || status() > 599) co_return invalid("its status is out of range");
  std::size_t encodings = 0;
  for (const HeaderField& each : fields()) {
    if (!iequals(each.name, "transfer-encoding")) continue;
    if (++encodings > 1 || !iequals(each.value, "chunked")) {
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

std::size_t ResponseReader::read_now(asio::mutable_buffer into,
                                     std::optional<UpstreamFailure>& why) {
  auto& buffer = connection_.buffer();
  while (!parser_->is_done() && buffer.size() > 0) {
    parser_->into = static_cast<char*>(into.data());
    parser_->room = into.size();
    error_code error;
    const std::size_t used = parser_->put(buffer.data(), error);
    buffer.consume(used);
    if (error && error != http::error::need_more && error != http::error::need_buffer) {
      why = failure(error, kReadingBody);
      return 0;
    }
    const std::size_t got = into.size() - parser_->room;
    if (got > 0) return got;
    if (used > 0) continue;
    if (buffer.size() > kMaxUnparsed)
      why = invalid("a chunk's header or the trailers are too long");
    return 0;
  }
  return 0;
}

asio::awaitable<std::size_t> ResponseReader::read_some(asio::mutable_buffer into,
                                                       std::chrono::milliseconds timeout,
                                                       std::optional<UpstreamFailure>& why) {
  while (!parser_->is_done()) {
    const std::size_t got = read_now(into, why);
    if (got > 0 || why) co_return got;
    if (parser_->is_done()) break;
    error_code error;
    const auto room = connection_.buffer().prepare(read_size_);
    std::size_t more = connection_.read_now(room, error);
    if (error == asio::error::would_block) {
      if (timeout.count() > 0) connection_.read_deadline(timeout);
      more = co_await connection_.read_some(room, error);
      connection_.clear_read_deadline();
    }
    error = filled(more, error);
    if (error == asio::error::eof) {
      // The regular end of a body without length; a truncation of any other.
      parser_->put_eof(error = {});
      if (!error) co_return 0;
    }
    if (error) {
      why = failure(error, kReadingBody);
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
    // Each write that makes progress restarts the timeout: slow is not dead.
    if (timeout.count() > 0) connection.write_deadline(timeout);
    const std::size_t sent = co_await connection.write_some(first, second, error);
    connection.clear_write_deadline();
    if (error) co_return error;
    const std::size_t of_first = std::min(sent, first.size());
    first += of_first;
    second += sent - of_first;
  }
  co_return error;
}

}  // namespace portcullis::bff
