#include "net/reverse_proxy.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

#include "metrics/metrics.hpp"
#include "net/proxy_call.hpp"

namespace portcullis::bff {
namespace {

using SteadyClock = std::chrono::steady_clock;

bool repeatable(HttpVerb method) noexcept {
  return method == HttpVerb::get || method == HttpVerb::head || method == HttpVerb::put ||
         method == HttpVerb::delete_ || method == HttpVerb::options;
}

}  // namespace

void ProxyControl::cancel(Code why) {
  if (cancelled() || why == Code::kAllowed) return;
  why_ = why;
  if (call_ != nullptr) call_->on_cancel();
}

asio::awaitable<ProxyResult> forward(HttpClient& client_http, ClientSide& client,
                                     ProxyRequest request, const UpstreamTarget& upstream,
                                     ProxyControl& control) {
  ProxyCall call(client_http, client, std::move(request), upstream, control);
  co_return co_await call.run();
}

ProxyCall::ProxyCall(HttpClient& http, ClientSide& client, ProxyRequest request,
                     const UpstreamTarget& upstream, ProxyControl& control)
    : http_(http),
      client_(client),
      request_(std::move(request)),
      upstream_(upstream),
      control_(control),
      helper_done_(http.context()),
      started_(SteadyClock::now()) {
  control_.call_ = this;
}

ProxyCall::~ProxyCall() { control_.call_ = nullptr; }

void ProxyCall::on_cancel() {
  if (connection_ != nullptr) connection_->close();
  client_.cancel_read();
  // A write that the client does not read would hold everything up.
  if (writing_) client_.abort();
}

void ProxyCall::fail(Code code, std::string detail) {
  result_.code = code;
  result_.detail = std::move(detail);
}

void ProxyCall::fail(UpstreamFailure failure) { fail(failure.code, std::move(failure.detail)); }

void ProxyCall::client_is_gone(std::string detail) {
  if (result_.client_gone) return;
  result_.client_gone = true;
  fail(Code::kBadRequest, std::move(detail));
}

void ProxyCall::count(std::string_view outcome) {
  if (http_.metrics() == nullptr) return;
  // An event stream's length says nothing about the upstream; the time to its head does.
  const auto end = result_.event_stream && head_at_ ? *head_at_ : SteadyClock::now();
  http_.metrics()->upstream_request(upstream_.name, outcome, end - started_);
}

bool ProxyCall::build_head() {
  has_body_ = client_.has_request_body();
  const auto length = client_.request_content_length();
  if (has_body_ && (request_.method == HttpVerb::get || request_.method == HttpVerb::head)) {
    fail(Code::kBadRequest, "a GET or HEAD with a body");
    return false;
  }
  head_.reserve(1024);
  head_.append(beast::http::to_string(request_.method)).append(" ");
  head_.append(upstream_.base_path).append(request_.target).append(" HTTP/1.1\r\nHost: ");
  head_.append(upstream_.authority).append("\r\n");
  std::string detail;
  const Code code = request_.headers != nullptr
                        ? filter_request_headers(*request_.headers, request_.who, head_, detail)
                        : filter_request_headers(request_.fields, request_.who, head_, detail);
  if (code != Code::kAllowed) {
    fail(code, std::move(detail));
    return false;
  }
  chunked_ = has_body_ && !length;
  streams_body_ = has_body_ && (chunked_ || *length > kSmallBodyBytes);
  if (chunked_) {
    head_.append("Transfer-Encoding: chunked\r\n");
  } else if (has_body_ || request_.method == HttpVerb::post || request_.method == HttpVerb::put ||
             request_.method == HttpVerb::patch) {
    head_.append("Content-Length: ").append(std::to_string(length.value_or(0))).append("\r\n");
  }
  head_.append("\r\n");
  return true;
}

asio::awaitable<bool> ProxyCall::read_small_body() {
  body_.resize(static_cast<std::size_t>(*client_.request_content_length()));
  std::size_t have = 0;
  while (have < body_.size()) {
    error_code error;
    const std::size_t got =
        co_await client_.read_some(asio::buffer(body_.data() + have, body_.size() - have), error);
    if (control_.cancelled()) co_return false;
    if (error || got == 0) {
      client_is_gone("the client broke off while it sent its body");
      co_return false;
    }
    have += got;
  }
  co_return true;
}

asio::awaitable<ProxyResult> ProxyCall::run() {
  bool go = !control_.cancelled() && build_head();
  if (go && has_body_ && !streams_body_) go = co_await read_small_body();
  if (go) {
    Step step = co_await attempt(false);
    if (step == Step::kRepeat) {
      if (http_.metrics() != nullptr) http_.metrics()->upstream_retry(upstream_.name);
      step = co_await attempt(true);
    }
    std::string_view outcome = "ok";
    if (control_.cancelled()) {
      outcome = "cancelled";
    } else if (result_.client_gone) {
      outcome = "client_gone";
    } else if (result_.code == Code::kUpstreamTimeout) {
      outcome = "upstream_timeout";
    } else if (result_.code == Code::kUpstreamInvalid) {
      outcome = "upstream_invalid";
    } else if (result_.code == Code::kOverloaded) {
      outcome = "overloaded";
    } else if (result_.code != Code::kAllowed) {
      outcome = "upstream_unavailable";
    }
    count(outcome);
  }
  if (control_.cancelled()) {
    result_.code = control_.why();
    result_.detail = "closed from outside";
  }
  co_return std::move(result_);
}

asio::awaitable<ProxyCall::Step> ProxyCall::attempt(bool repeated) {
  // A body that streams cannot be sent twice, and an unsafe method must not be.
  const bool may_repeat = repeatable(request_.method) && !streams_body_;
  const auto reuse = repeated     ? HttpClient::Reuse::kNever
                     : may_repeat ? HttpClient::Reuse::kAny
                                  : HttpClient::Reuse::kFreshlyUsed;
  auto acquired = co_await http_.acquire(upstream_, reuse, &connection_);
  if (auto* failure = std::get_if<UpstreamFailure>(&acquired)) {
    connection_ = nullptr;
    fail(std::move(*failure));
    co_return Step::kDone;
  }
  lease_ = std::move(std::get<HttpClient::Lease>(acquired));
  if (control_.cancelled()) {
    connection_ = nullptr;
    lease_.reset();
    co_return Step::kDone;
  }
  ResponseReader reader(*lease_);
  std::optional<UpstreamFailure> failure;
  std::exception_ptr thrown;
  try {
    failure = co_await ask(reader);
    if (!failure && !stopped()) {
      head_at_ = SteadyClock::now();
      result_.status = reader.status();
      co_await respond(reader);
    }
  } catch (...) {
    thrown = std::current_exception();  // helpers still use this object: they come first
  }
  bool repeat = false;
  if (failure && !stopped()) {
    repeat = lease_.reused() && !repeated && may_repeat && reader.got_nothing() &&
             !lease_->timed_out() && failure->code == Code::kUpstreamUnavailable;
    if (!repeat) fail(*failure);
  }
  const bool reusable = !failure && !thrown && upload_ended_ && !stopped() && reader.reusable() &&
                        result_.code == Code::kAllowed;
  if (!reusable) lease_->close();  // wakes an upload that is still writing
  co_await join_helpers();
  connection_ = nullptr;
  if (thrown) std::rethrow_exception(thrown);
  if (reusable) {
    lease_.release();
  } else {
    lease_.reset();
  }
  co_return repeat ? Step::kRepeat : Step::kDone;
}

asio::awaitable<std::optional<UpstreamFailure>> ProxyCall::ask(ResponseReader& reader) {
  const error_code error =
      co_await write_all(*lease_, asio::buffer(head_), asio::buffer(body_), upstream_.timeout);
  if (error) co_return failure_of(error, lease_->timed_out(), "sending the request");
  result_.bytes_up = body_.size();
  if (streams_body_) {
    upload_ended_ = false;
    start_helper(upload());  // it starts the wait for the head when it is through
  } else {
    if (request_.sse_route) start_helper(watch_client());
    lease_->read_deadline(upstream_.timeout);
  }
  auto failure = co_await reader.read_head(request_.method == HttpVerb::head);
  lease_->clear_read_deadline();
  head_received_ = true;
  co_return failure;
}

asio::awaitable<void> ProxyCall::respond(ResponseReader& reader) {
  ResponseHead head;
  head.status = reader.status();
  head.has_body = reader.has_body();
  head.content_length = reader.content_length();
  std::string detail;
  const Code code = filter_response_headers(reader.fields(), head.status, upstream_, head, detail);
  if (code != Code::kAllowed) {
    fail(code, std::move(detail));
    co_return;
  }
  const bool events = classify_content_type(reader.fields()[beast::http::field::content_type]) ==
                      BodyKind::kEventStream;
  if (events && !request_.sse_route) {
    fail(Code::kUpstreamInvalid, "an event stream on a route that is not kind sse");
    co_return;
  }
  const bool carries = head.status / 100 == 2 && head.status != 204 && head.status != 205;
  if (request_.sse_route && carries && !events) {
    fail(Code::kUpstreamInvalid, "no event stream on a route of kind sse");
    co_return;
  }
  result_.event_stream = events && head.has_body;
  head.event_stream = result_.event_stream;
  if (head.has_body && reader.done() && !head.content_length) head.content_length = 0;

  result_.response_started = true;
  writing_ = true;
  error_code error = co_await client_.begin_response(std::move(head));
  writing_ = false;
  if (!error && !stopped()) co_await pump(reader);
  if (error) client_is_gone("the client broke off: " + error.message());

  if (control_.cancelled() && result_.event_stream && !error && !result_.client_gone) {
    error = co_await client_.finish();
    if (!error) co_return;
  }
  if (stopped() || result_.code != Code::kAllowed) {
    client_.abort();
    co_return;
  }
  writing_ = true;
  error = co_await client_.finish();
  writing_ = false;
  if (error) {
    client_is_gone("the client broke off: " + error.message());
    client_.abort();
  }
}

asio::awaitable<void> ProxyCall::pump(ResponseReader& reader) {
  if (!reader.has_body()) co_return;
  const auto length = reader.content_length();
  std::size_t piece = kPieceBytes;
  if (result_.event_stream) {
    piece = 4096;
  } else if (length && *length < kPieceBytes) {
    piece = std::max<std::size_t>(static_cast<std::size_t>(*length), 512);
  }
  std::vector<char> buffer(piece);
  reader.read_size(std::max<std::size_t>(piece, 4096));
  const auto timeout = result_.event_stream ? upstream_.stream_idle_timeout : upstream_.timeout;
  for (;;) {
    std::optional<UpstreamFailure> failure;
    const std::size_t got = co_await reader.read_some(asio::buffer(buffer), timeout, failure);
    if (stopped()) co_return;
    if (failure) {
      fail(std::move(*failure));
      co_return;
    }
    if (got == 0) co_return;
    writing_ = true;
    const error_code error = co_await client_.write_some(asio::buffer(buffer.data(), got));
    writing_ = false;
    if (control_.cancelled()) {
      // The write was broken off: what was sent ends in the middle of something.
      if (error) client_is_gone("closed from outside in the middle of a write");
      co_return;
    }
    if (error) {
      client_is_gone("the client broke off: " + error.message());
      co_return;
    }
    result_.bytes_down += got;
  }
}

asio::awaitable<void> ProxyCall::upload() {
  // Room for the chunk's size in front and its end behind, so that each piece is one write.
  constexpr std::size_t kFront = 20;
  std::vector<char> buffer(kFront + kPieceBytes + 2);
  char* const data = buffer.data() + kFront;
  for (;;) {
    error_code error;
    const std::size_t got = co_await client_.read_some(asio::buffer(data, kPieceBytes), error);
    if (stopped() || lease_->closed()) co_return;
    if (error) {
      if (error == asio::error::operation_aborted && head_received_) co_return;  // given up
      // Without the rest the request must not look complete to the upstream.
      client_is_gone("the client broke off while it sent its body");
      lease_->close();
      co_return;
    }
    asio::const_buffer out(data, got);
    if (chunked_) {
      if (got == 0) {
        out = asio::buffer("0\r\n\r\n", 5);
      } else {
        std::array<char, kFront> size{};
        const auto end = std::to_chars(size.data(), size.data() + 16, got, 16).ptr;
        const auto digits = static_cast<std::size_t>(end - size.data());
        char* const start = data - digits - 2;
        std::copy(size.data(), end, start);
        start[digits] = '\r';
        start[digits + 1] = '\n';
        data[got] = '\r';
        data[got + 1] = '\n';
        out = asio::buffer(start, digits + 2 + got + 2);
      }
    }
    if (out.size() > 0) {
      error = co_await write_all(*lease_, out, {}, upstream_.timeout);
    }
    if (error) {
      // It may have answered already, or be about to, why it does not want the rest.
      if (!head_received_ && !lease_->closed()) lease_->read_deadline(upstream_.timeout);
      co_return;
    }
    result_.bytes_up += got;
    if (got == 0) break;
  }
  upload_ended_ = true;
  if (!head_received_) lease_->read_deadline(upstream_.timeout);
}

asio::awaitable<void> ProxyCall::watch_client() {
  co_await client_.wait_closed();
  if (joining_ || control_.cancelled()) co_return;  // we ended the wait, not the client
  client_is_gone("the client closed the stream");
  connection_->close();
}

template <typename Coroutine>
void ProxyCall::start_helper(Coroutine coroutine) {
  ++helpers_;
  helper_done_.expires_at(asio::steady_timer::time_point::max());
  asio::co_spawn(http_.context(), std::move(coroutine), [this](const std::exception_ptr& thrown) {
    --helpers_;
    if (thrown && connection_ != nullptr) connection_->close();
    helper_done_.cancel();
  });
}

asio::awaitable<void> ProxyCall::join_helpers() {
  if (helpers_ == 0) co_return;
  joining_ = true;
  client_.cancel_read();
  while (helpers_ > 0) {
    error_code ignored;
    co_await helper_done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  joining_ = false;
}

}  // namespace portcullis::bff
