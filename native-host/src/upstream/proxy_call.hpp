// One exchange of the reverse proxy. Internal to reverse_proxy.hpp.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/watchdog.hpp"
#include "upstream/response_reader.hpp"
#include "upstream/reverse_proxy.hpp"

namespace portcullis::bff {

/// Owns the state of one forward(). Used on one thread.
class ProxyCall {
 public:
  ProxyCall(HttpClient& http, ClientSide& client, ProxyRequest request,
            const UpstreamTarget& upstream, ProxyControl& control);
  ~ProxyCall();
  ProxyCall(const ProxyCall&) = delete;
  ProxyCall& operator=(const ProxyCall&) = delete;

  /// Runs the exchange to its end; helpers are joined before it returns.
  asio::awaitable<ProxyResult> run();
  /// Called by ProxyControl::cancel.
  void on_cancel();

 private:
  enum class Step : std::uint8_t { kDone, kRepeat };
  /// Sends a comment on a silent event stream, so that the client can tell that it is alive; also
  /// detects a client that is gone.
  struct Heartbeat final : Watched {
    explicit Heartbeat(ProxyCall& of) : call(of) {}
    void on_deadline() override { call.beat(); }
    ProxyCall& call;
  };

  /// Starts watching for a client disconnect only on long calls: watching each call from the start
  /// would cost a coroutine per call.
  struct LateWatch final : Watched {
    explicit LateWatch(ProxyCall& of) : call(of) {}
    void on_deadline() override { call.watch_late(); }
    ProxyCall& call;
  };

  bool build_head();
  asio::awaitable<bool> read_small_body();
  asio::awaitable<Step> attempt(bool repeated);
  /// Sends the request (a streamed upload continues in parallel) and reads the answer's head.
  asio::awaitable<std::optional<UpstreamFailure>> ask(ResponseReader& reader);
  asio::awaitable<void> upload();
  asio::awaitable<void> watch_client();
  void watch_late();
  asio::awaitable<void> respond(ResponseReader& reader);
  asio::awaitable<void> pump(ResponseReader& reader, std::vector<char>& buffer);
  void start_heartbeat(const ResponseReader& reader, std::string_view first);
  void beat();
  /// Records the end of what was sent and restarts the silence timer.
  void sent_events(std::string_view bytes);
  [[nodiscard]] std::size_t piece_size(const ResponseReader& reader) const;
  asio::awaitable<void> join_helpers();
  /// Runs in parallel with run(), which joins it before returning.
  void start_helper(asio::awaitable<void> work);
  void fail(UpstreamFailure failure);
  void fail(Code code, std::string detail);
  /// Fails with a detail the caller may see.
  void fail_openly(Code code, std::string detail);
  void client_is_gone(std::string detail, Code code = Code::kBadRequest);
  void upload_broke(const error_code& error);
  [[nodiscard]] bool ends_cleanly() const noexcept {
    return result_.event_stream && request_.sse_route;
  }
  [[nodiscard]] bool stopped() const noexcept {
    return control_.cancelled() || result_.client_gone;
  }
  void count(std::string_view outcome);

  HttpClient& http_;
  ClientSide& client_;
  ProxyRequest request_;
  const UpstreamTarget& upstream_;
  ProxyControl& control_;
  ProxyResult result_;

  std::string head_;
  std::string body_;  // a small body, read completely
  bool has_body_ = false;
  bool streams_body_ = false;  // too large for body_
  bool chunked_ = false;

  HttpClient::Lease lease_;
  UpstreamConnection* connection_ = nullptr;  // the lease's, or one still connecting
  asio::steady_timer helper_done_;
  int helpers_ = 0;
  bool joining_ = false;
  bool upload_ended_ = true;
  bool head_received_ = false;
  bool writing_ = false;
  bool beats_ = false;
  std::string events_end_;  // the last bytes sent of the event stream
  Heartbeat heartbeat_{*this};
  LateWatch late_{*this};
  bool may_watch_late_ = false;
  std::chrono::steady_clock::time_point started_;
  std::optional<std::chrono::steady_clock::time_point> head_at_;
};

}  // namespace portcullis::bff
