// The client's side of a proxied exchange, in memory: a request body in pieces (which may stall or
// break off), a recorded answer, and writes that can block like a client that does not read.
#pragma once

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/client_side.hpp"

namespace portcullis::bff::testing {

class FakeClient final : public ClientSide {
 public:
  explicit FakeClient(asio::io_context& context) : read_gate_(context), write_gate_(context) {
    read_gate_.expires_at(asio::steady_timer::time_point::max());
    write_gate_.expires_at(asio::steady_timer::time_point::max());
  }

  // --- set by the test

  bool has_body = false;
  bool known_length = true;
  std::optional<std::uint64_t> announced_length;  ///< otherwise the sum of the pieces
  std::vector<std::string> body;                  ///< pieces, as they arrive
  bool stalls_after_body = false;  ///< nothing arrives after the pieces, not even the end
  bool breaks_after_body = false;  ///< the connection breaks after the pieces
  std::uint64_t repeat_piece = 0;  ///< additional repetitions of the last piece
  bool hold_writes = false;        ///< like a client that does not read
  std::optional<std::size_t> fail_write_after;  ///< bytes

  // --- results

  std::optional<ResponseHead> head;
  std::string received;
  std::uint64_t received_bytes = 0;
  bool keep_received = true;
  bool finished = false;
  bool aborted = false;
  std::size_t largest_write = 0;
  bool writing = false;
  std::size_t comments_asked = 0;

  void close_by_client() {
    gone_ = true;
    read_gate_.cancel();
  }
  void let_writes_go() {
    hold_writes = false;
    write_gate_.cancel();
  }

  // --- ClientSide

  bool has_request_body() const override { return has_body; }
  std::optional<std::uint64_t> request_content_length() const override {
    if (!known_length) return std::nullopt;
    if (announced_length) return announced_length;
    std::uint64_t size = 0;
    for (const auto& piece : body) size += piece.size();
    if (!body.empty()) size += repeat_piece * body.back().size();
    return size;
  }
  asio::awaitable<std::size_t> read_more(std::string& into, std::size_t most,
                                         error_code& error) override {
    error = {};
    if (pending_.empty() && next_ < body.size()) pending_ = body[next_++];
    if (pending_.empty() && repeat_piece > 0) {
      --repeat_piece;
      pending_ = body.back();
    }
    if (pending_.empty()) {
      if (breaks_after_body) {
        error = asio::error::connection_reset;
      } else if (stalls_after_body) {
        co_await wait(read_gate_);
        error = gone_ ? error_code(asio::error::connection_reset)
                      : error_code(asio::error::operation_aborted);
      }
      co_return 0;
    }
    const std::size_t size = std::min(most, pending_.size());
    into.append(pending_, 0, size);
    pending_.erase(0, size);
    co_return size;
  }
  void cancel_read() override { read_gate_.cancel(); }

  asio::awaitable<error_code> begin_response(ResponseHead what, asio::const_buffer first) override {
    head = std::move(what);
    const error_code error = co_await written(0);
    if (error || first.size() == 0) co_return error;
    co_return co_await write_some(first);
  }
  asio::awaitable<error_code> write_some(asio::const_buffer bytes) override {
    const error_code error = co_await written(bytes.size());
    if (error) co_return error;
    largest_write = std::max(largest_write, bytes.size());
    received_bytes += bytes.size();
    if (keep_received) received.append(static_cast<const char*>(bytes.data()), bytes.size());
    co_return error;
  }
  void write_comment_now(std::string_view comment) override {
    ++comments_asked;
    if (!aborted && !hold_writes) received.append(comment);
  }
  bool finish_now() override {
    finished = finished || (!aborted && !hold_writes && !writing);
    return finished;
  }
  asio::awaitable<error_code> finish() override {
    const error_code error = co_await written(0);
    if (!error) finished = true;
    co_return error;
  }
  void abort() override {
    aborted = true;
    write_gate_.cancel();
    read_gate_.cancel();
  }
  std::string remote_ip() const override { return "203.0.113.7"; }
  bool is_closed() const override { return aborted || gone_; }
  asio::awaitable<void> wait_closed() override {
    if (!gone_) co_await wait(read_gate_);
  }

 private:
  static asio::awaitable<void> wait(asio::steady_timer& gate) {
    error_code ignored;
    co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  asio::awaitable<error_code> written(std::size_t size) {
    if (hold_writes && !aborted) {
      writing = true;
      co_await wait(write_gate_);
      writing = false;
    }
    if (aborted) co_return asio::error::connection_aborted;
    if (fail_write_after && received_bytes + size > *fail_write_after) {
      co_return asio::error::broken_pipe;
    }
    co_return error_code();
  }

  asio::steady_timer read_gate_;
  asio::steady_timer write_gate_;
  std::string pending_;
  std::size_t next_ = 0;
  bool gone_ = false;
};

}  // namespace portcullis::bff::testing
