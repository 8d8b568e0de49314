// Outgoing HTTP/1.1: a pool of keep-alive connections, and whole requests with small bodies.
//
// One HttpClient per io_context (its pool is touched by that thread only, so it needs no lock);
// create it before the context runs, destroy it after the context has stopped and before the
// context is destroyed.
//
// request() is for calls of our own, such as the PDP: body in memory, answer in memory, both
// capped. reverse_proxy.hpp streams, and takes connections from the same pool.
//
// Pooling: a connection goes back when its answer was complete, keep-alive, and nothing followed
// it. Before it is used again it is looked at: closed or readable means stale. A race remains (the
// upstream closes while the request is on its way); then a request is sent once more on a new
// connection, if it is idempotent (RFC 9110, 9.2.2) or marked repeatable, has no body that was
// already consumed, the connection was a pooled one, and not one byte of an answer came. Others get
// a pooled connection only when it was idle for less than a second.
//
// Errors are values. What an upstream sends is bounded: head limits::kMaxHeaderBytes, 1xx
// answers 64.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/asio.hpp"
#include "base/watchdog.hpp"
#include "portcullis/codes.hpp"
#include "upstream/upstream_connection.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

class UpstreamMetrics;

/// Why no (usable) answer came. `code` is UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, UPSTREAM_INVALID
/// or OVERLOADED; `detail` is for the log, not for the caller.
struct UpstreamFailure {
  Code code = Code::kUpstreamUnavailable;
  std::string detail;
};

struct HttpClientOptions {
  std::size_t max_idle_per_upstream = 64;
  std::size_t max_connections_per_upstream = 2048;  ///< over it: OVERLOADED
  std::chrono::milliseconds idle_timeout{30'000};
  std::chrono::milliseconds unsafe_reuse_within{1000};
};

struct OutgoingRequest {
  HttpVerb method = HttpVerb::get;
  std::string target = "/";  ///< appended to the upstream's base path
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool repeatable = false;  ///< may be sent twice although the method is not idempotent
  std::size_t max_body = 1024 * 1024;
  std::optional<std::chrono::milliseconds> total_timeout;  ///< for everything; else the upstream's
};

struct IncomingResponse {
  unsigned status = 0;
  HttpFields fields;
  std::string body;
};

class HttpClient {
 public:
  explicit HttpClient(asio::io_context& context, UpstreamMetrics* metrics = nullptr,
                      HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  [[nodiscard]] asio::awaitable<std::variant<IncomingResponse, UpstreamFailure>> request(
      const UpstreamTarget& upstream, OutgoingRequest what);

  // --- for streaming callers

 private:
  struct Pools;

 public:
  /// A connection that is taken from the pool. Given back by release(); otherwise closed.
  class Lease {
   public:
    Lease() = default;
    Lease(std::shared_ptr<Pools> pools, UpstreamConnectionPtr connection, bool reused);
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();
    [[nodiscard]] UpstreamConnection& operator*() const noexcept { return *connection_; }
    [[nodiscard]] UpstreamConnection* operator->() const noexcept { return connection_.get(); }
    [[nodiscard]] explicit operator bool() const noexcept { return connection_ != nullptr; }
    /// It came from the pool, so that it may be stale.
    [[nodiscard]] bool reused() const noexcept { return reused_; }
    /// The answer was complete and the connection may serve another request.
    void release();
    void reset() noexcept;

   private:
    std::shared_ptr<Pools> pools_;
    UpstreamConnectionPtr connection_;
    bool reused_ = false;
  };

  enum class Reuse : std::uint8_t { kAny, kFreshlyUsed, kNever };
  /// A connection out of the pool; empty when there is none, or there are too many already. Waits
  /// for nothing.
  [[nodiscard]] Lease take_idle(const UpstreamTarget& upstream, Reuse reuse);
  /// `on_connecting` is told of a new connection before it connects, so that it can be closed.
  [[nodiscard]] asio::awaitable<std::variant<Lease, UpstreamFailure>> acquire(
      const UpstreamTarget& upstream, Reuse reuse, UpstreamConnection** on_connecting = nullptr);

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] UpstreamMetrics* metrics() noexcept { return metrics_; }
  /// Of this thread's deadlines.
  [[nodiscard]] Watchdog& watchdog() noexcept;
  /// Closes all idle connections.
  void clear_idle() noexcept;
  [[nodiscard]] std::size_t idle_count() const noexcept;
  /// For tests and private authorities: trust this PEM file, too.
  void trust(const std::string& pem_file);

 private:
  asio::awaitable<std::optional<UpstreamFailure>> connect(UpstreamConnection& connection,
                                                          const UpstreamTarget& upstream);
  asio::awaitable<std::optional<UpstreamFailure>> resolve(const UpstreamTarget& upstream,
                                                          std::vector<Tcp::endpoint>& found);
  /// Tries one address after the other until `until`; each has its share of the time, so that one
  /// that does not answer hides no other.
  asio::awaitable<error_code> connect_any(UpstreamConnection& connection,
                                          const std::vector<Tcp::endpoint>& endpoints,
                                          std::chrono::steady_clock::time_point until);
  asio::awaitable<std::optional<UpstreamFailure>> start_tls(UpstreamConnection& connection,
                                                            const UpstreamTarget& upstream);
  asio::ssl::context& tls_context(const UpstreamTarget& upstream);

  asio::io_context& context_;
  UpstreamMetrics* metrics_;
  const HttpClientOptions options_;
  std::shared_ptr<Pools> pools_;  // shared with leases, which may outlive the client
  /// By whether it verifies and against whom. Connections hold what they need of theirs.
  std::map<std::string, std::unique_ptr<asio::ssl::context>> tls_contexts_;
  std::vector<std::string> trusted_;
};

/// RFC 9110, 9.2.2: sending it twice is as good as once. TRACE is not forwarded at all.
[[nodiscard]] bool is_idempotent(HttpVerb method) noexcept;

/// Beast's and the system's error as one of ours. `timed_out` wins.
[[nodiscard]] UpstreamFailure failure_of(const error_code& error, bool timed_out,
                                         std::string_view doing);

}  // namespace portcullis::bff
