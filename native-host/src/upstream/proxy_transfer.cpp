// The reverse proxy's transfer of bodies in both directions.
#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

#include "upstream/proxy_call.hpp"

namespace portcullis::bff {

asio::awaitable<void> ProxyCall::respond(ResponseReader& reader) {
  ResponseHead head;
  head.status = reader.status();
  head.has_body = reader.has_body();
  head.content_length = reader.content_length();
  std::string detail;
  const LocationMap map{upstream_, request_.who.scheme, request_.who.host, request_.who.prefix,
                        request_.target};
  const Code code = filter_response_headers(reader.fields(), head.status, map, head, detail);
  if (code != Code::kAllowed) {
    fail_openly(code, std::move(detail));
    co_return;
  }
  result_.detail = std::move(detail);  // what was dropped; the answer continues
  if (!result_.dropped.empty()) head.fields.insert("X-Portcullis-Dropped", result_.dropped);
  const std::string_view type = reader.field("content-type");
  // A list is ambiguous: some readers take the first type, others the last.
  if (const std::string_view essence = type.substr(0, type.find(';'));
      essence.find(',') != essence.npos) {
    fail_openly(Code::kUpstreamInvalid, "the upstream's answer has more than one Content-Type");
    co_return;
  }
  const bool events = classify_content_type(type) == BodyKind::kEventStream;
  if (events && !request_.sse_route && !request_.may_stream) {
    fail_openly(Code::kUpstreamInvalid,
                "the upstream answers with an event stream (text/event-stream), but its route in "
                "routes.yaml is of kind api. Declare the route `kind: stream` for calls that are "
                "answered with events (permissions.api), or `kind: sse` for streams that are "
                "subscribed to (permissions.sse)");
    co_return;
  }
  const bool carries = head.status / 100 == 2 && head.status != 204 && head.status != 205;
  if (request_.sse_route && carries && !events) {
    fail_openly(Code::kUpstreamInvalid,
                "the upstream does not answer with an event stream (text/event-stream), but its "
                "route in routes.yaml is of kind sse. Declare it `kind: api`, or `kind: stream` "
                "where it answers with either");
    co_return;
  }
  result_.event_stream = events && head.has_body;
  head.event_stream = result_.event_stream;
  if (head.has_body && reader.done() && !head.content_length) head.content_length = 0;
  // It may end before its length; with chunks an early end looks regular.
  if (result_.event_stream && !reader.done()) head.content_length.reset();

  // A small body arrived with the head and is written with it.
  std::vector<char> buffer;
  std::size_t got = 0;
  std::optional<UpstreamFailure> failure;
  if (head.has_body && !reader.done()) {
    buffer.resize(piece_size(reader));
    got = reader.read_now(asio::buffer(buffer), failure);
    if (failure) {
      fail(std::move(*failure));
      co_return;
    }
  }
  result_.response_started = true;
  writing_ = true;
  error_code error;
  if (const auto done = client_.begin_response_now(head, asio::buffer(buffer.data(), got))) {
    error = *done;
  } else {
    error = co_await client_.begin_response(std::move(head), asio::buffer(buffer.data(), got));
  }
  writing_ = false;
  if (!error) result_.bytes_down += got;
  if (!error && !stopped() && !buffer.empty() && !reader.done()) {
    start_heartbeat(reader, {buffer.data(), got});
    co_await pump(reader, buffer);
    beats_ = false;
  }
  if (error) client_is_gone("the client disconnected: " + error.message());

  if (control_.cancelled() && ends_cleanly() && !error && !result_.client_gone) {
    error = co_await client_.finish();
    if (!error) co_return;
  }
  if (stopped() || result_.code != Code::kAllowed) {
    client_.abort();
    co_return;
  }
  if (client_.finish_now()) co_return;
  writing_ = true;
  error = co_await client_.finish();
  writing_ = false;
  if (error) {
    client_is_gone("the client disconnected: " + error.message());
    client_.abort();
  }
}

std::size_t ProxyCall::piece_size(const ResponseReader& reader) const {
  if (result_.event_stream) return 4096;
  const auto length = reader.content_length();
  if (!length || *length >= kPieceBytes) return kPieceBytes;
  return std::max<std::size_t>(static_cast<std::size_t>(*length), 512);
}

asio::awaitable<void> ProxyCall::pump(ResponseReader& reader, std::vector<char>& buffer) {
  reader.read_size(std::max<std::size_t>(buffer.size(), 4096));
  const bool streams = result_.event_stream || request_.may_stream;
  const auto timeout = streams ? upstream_.stream_idle_timeout : upstream_.timeout;
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
      // The write was interrupted, so the output is incomplete.
      if (error) client_is_gone("closed by the server in the middle of a write");
      co_return;
    }
    if (error) {
      client_is_gone("the client disconnected: " + error.message());
      co_return;
    }
    result_.bytes_down += got;
    if (beats_) sent_events({buffer.data(), got});
  }
}

void ProxyCall::start_heartbeat(const ResponseReader& reader, std::string_view first) {
  // Nothing can be inserted into a compressed stream.
  beats_ =
      ends_cleanly() && request_.heartbeat.count() > 0 && reader.field("content-encoding").empty();
  if (beats_) sent_events(first);
}

void ProxyCall::sent_events(std::string_view bytes) {
  constexpr std::size_t kEnd = 4;
  events_end_.append(bytes.substr(bytes.size() - std::min(bytes.size(), kEnd)));
  events_end_.erase(0, events_end_.size() - std::min(events_end_.size(), kEnd));
  http_.watchdog().watch(heartbeat_, request_.heartbeat);
}

void ProxyCall::beat() {
  if (!beats_ || stopped()) return;
  const std::string_view end = events_end_;
  // Only between two events: after a blank line, with any line ends (HTML, section 9.2.5).
  const bool between = end.empty() || end.ends_with("\n\n") || end.ends_with("\n\r\n") ||
                       end.ends_with("\r\r") || end.ends_with("\n\r");
  if (between && !writing_) client_.write_comment_now(":\n\n");
  http_.watchdog().watch(heartbeat_, request_.heartbeat);
}

asio::awaitable<void> ProxyCall::upload() {
  std::string piece;
  for (;;) {
    if (joining_) co_return;  // nobody would end the read
    error_code error;
    piece.clear();
    const std::size_t got = co_await client_.read_more(piece, kPieceBytes, error);
    if (stopped() || lease_->closed()) co_return;
    if (error) {
      if (error == asio::error::operation_aborted && head_received_) co_return;  // upload abandoned
      // The upstream must not take the truncated request for complete.
      upload_broke(error);
      lease_->close();
      co_return;
    }
    std::array<char, 20> size_line{};
    std::size_t front = 0;
    if (chunked_) {
      if (got == 0) {
        piece = "0\r\n\r\n";
      } else {
        char* const end = std::to_chars(size_line.data(), size_line.data() + 16, got, 16).ptr;
        end[0] = '\r';
        end[1] = '\n';
        front = static_cast<std::size_t>(end + 2 - size_line.data());
        piece.append("\r\n");
      }
    }
    if (!piece.empty()) {
      error = co_await write_all(*lease_, asio::buffer(size_line.data(), front),
                                 asio::buffer(piece), upstream_.timeout);
    }
    if (error) {
      // It may already have answered, or be about to, why it rejects the rest.
      if (!head_received_ && !lease_->closed()) lease_->read_deadline(upstream_.timeout);
      co_return;
    }
    result_.bytes_up += got;
    if (got == 0) break;
  }
  upload_ended_ = true;
  if (!head_received_) lease_->read_deadline(upstream_.timeout);
  if (request_.may_stream) co_await watch_client();
}

asio::awaitable<void> ProxyCall::watch_client() {
  if (joining_) co_return;  // nobody would end the wait
  co_await client_.wait_closed();
  if (joining_ || control_.cancelled()) co_return;  // the server ended the wait, not the client
  client_is_gone("the client closed the stream");
  connection_->close();
}

void ProxyCall::watch_late() {
  if (may_watch_late_ && !stopped()) start_helper(watch_client());
}

void ProxyCall::start_helper(asio::awaitable<void> work) {
  ++helpers_;
  helper_done_.expires_at(asio::steady_timer::time_point::max());
  asio::co_spawn(http_.context(), std::move(work), [this](const std::exception_ptr& thrown) {
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
