#include "upstream/reverse_proxy.hpp"

#include <utility>

#include "upstream/proxy_call.hpp"
#include "upstream/upstream_metrics.hpp"

namespace portcullis::bff {

using SteadyClock = std::chrono::steady_clock;

namespace {

/// Calls longer than this are watched for a client disconnect.
constexpr std::chrono::milliseconds kWatchAfter{250};

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
  if (connection_ != nullptr && ends_cleanly() && result_.response_started && !writing_ &&
      client_.finish_now()) {
    // When many streams end at once, notify all clients first: closing a connection takes several
    // times as long.
    connection_->close_soon();
    client_.cancel_read();
    return;
  }
  if (connection_ != nullptr) connection_->close();
  client_.cancel_read();
  // A write to a client that does not read would block everything.
  if (writing_) client_.abort();
}

void ProxyCall::fail(Code code, std::string detail) {
  result_.code = code;
  result_.detail = std::move(detail);
}

void ProxyCall::fail_openly(Code code, std::string detail) {
  result_.advice = detail;
  fail(code, std::move(detail));
}

void ProxyCall::fail(UpstreamFailure failure) { fail(failure.code, std::move(failure.detail)); }

void ProxyCall::client_is_gone(std::string detail, Code code) {
  if (result_.client_gone) return;
  result_.client_gone = true;
  fail(code, std::move(detail));
}

void ProxyCall::upload_broke(const error_code& error) {
  if (error == boost::system::errc::not_enough_memory) {
    fail(Code::kOverloaded, "no memory for the body");
  } else if (error == boost::system::errc::no_buffer_space) {
    fail(Code::kBodyMemoryLimit, "no memory for the body");
  } else if (error == asio::error::timed_out) {
    client_is_gone("the client sent its body too slowly", Code::kRequestTimeout);
  } else {
    client_is_gone("the client disconnected while sending its body");
  }
}

void ProxyCall::count(std::string_view outcome) {
  if (http_.metrics() == nullptr) return;
  // An event stream's duration says nothing about the upstream; the time to its head does.
  const auto end = result_.event_stream && head_at_ ? *head_at_ : SteadyClock::now();
  http_.metrics()->upstream_request(upstream_.name, outcome, end - started_);
}

bool ProxyCall::build_head() {
  has_body_ = client_.has_request_body();
  const auto length = client_.request_content_length();
  if (has_body_ && (request_.method == HttpVerb::get || request_.method == HttpVerb::head)) {
    fail_openly(Code::kBadRequest, "GET and HEAD must not have a body");
    return false;
  }
  head_.reserve(1024);
  head_.append(beast::http::to_string(request_.method)).append(" ");
  head_.append(upstream_.base_path).append(request_.target).append(" HTTP/1.1\r\nHost: ");
  head_.append(upstream_.authority).append("\r\n");
  FilteredHeaders headers;
  headers.lines.swap(head_);  // avoids a copy
  const Code code =
      filter_request_headers(request_.fields, request_.who, request_.forward_headers, headers);
  headers.lines.swap(head_);
  result_.dropped = std::move(headers.dropped);
  if (code != Code::kAllowed) {
    fail_openly(code, std::move(headers.detail));
    return false;
  }
  if (!upstream_.credential_name.empty()) {
    head_.append(upstream_.credential_name).append(": ");
    head_.append(upstream_.credential_value).append("\r\n");
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
  const auto length = static_cast<std::size_t>(*client_.request_content_length());
  while (body_.size() < length) {
    error_code error;
    const std::size_t got = co_await client_.read_more(body_, length - body_.size(), error);
    if (control_.cancelled()) co_return false;
    if (error || got == 0) {
      upload_broke(error);
      co_return false;
    }
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
    result_.detail = "closed by the server";
  }
  co_return std::move(result_);
}

asio::awaitable<ProxyCall::Step> ProxyCall::attempt(bool repeated) {
  // A streamed body cannot be sent twice, and an unsafe method must not be.
  const bool may_repeat = is_idempotent(request_.method) && !streams_body_;
  const auto reuse = repeated     ? HttpClient::Reuse::kNever
                     : may_repeat ? HttpClient::Reuse::kAny
                                  : HttpClient::Reuse::kFreshlyUsed;
  lease_ = http_.take_idle(upstream_, reuse);
  if (lease_) {
    connection_ = &*lease_;
  } else {
    auto acquired = co_await http_.acquire(upstream_, HttpClient::Reuse::kNever, &connection_);
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
  }
  result_.connected = true;
  ResponseReader reader(*lease_);
  std::optional<UpstreamFailure> failure;
  std::exception_ptr thrown;
  try {
    failure = co_await ask(reader);
    if (!failure && !stopped()) {
      head_at_ = SteadyClock::now();
      result_.head_after = *head_at_ - started_;
      result_.status = reader.status();
      co_await respond(reader);
    }
  } catch (...) {
    thrown = std::current_exception();  // helpers still use this object: join them first
  }
  may_watch_late_ = false;
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
  asio::const_buffer head = asio::buffer(head_);
  asio::const_buffer body = asio::buffer(body_);
  error_code error;
  if (!lease_->write_now(head, body, error)) {
    error = co_await write_all(*lease_, head, body, upstream_.timeout);
  }
  if (error) co_return failure_of(error, lease_->timed_out(), "sending the request");
  result_.bytes_up = body_.size();
  if (streams_body_) {
    upload_ended_ = false;
    start_helper(upload());  // it starts the wait for the head when done
  } else {
    if (request_.sse_route || request_.may_stream) {
      start_helper(watch_client());
    } else {
      may_watch_late_ = true;
      http_.watchdog().watch(late_, kWatchAfter);
    }
    lease_->read_deadline(upstream_.timeout);
  }
  // 102 (Processing) means that the upstream is still working.
  const std::function<void()> still_at_it = [this] {
    if (upload_ended_) lease_->read_deadline(upstream_.timeout);
  };
  auto failure = co_await reader.read_head(request_.method == HttpVerb::head, &still_at_it);
  lease_->clear_read_deadline();
  head_received_ = true;
  if (!failure) body_ = std::string();
  co_return failure;
}

}  // namespace portcullis::bff
