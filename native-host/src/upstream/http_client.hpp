// Outgoing HTTP/1.1: a pool of keep-alive connections, and whole requests with small bodies.
//
// One HttpClient per io_context, used on its thread only, so without locks. Create it before the
// context runs; destroy it after the context has stopped and before the context itself.
//
// request() is for the server's own calls, e.g. to the PDP: bodies are held in memory, with limits.
// reverse_proxy.hpp streams and shares the pool.
//
// Pooling: a connection returns to the pool if its answer was complete, keep-alive and followed by
// nothing. Before reuse, a closed or readable connection is discarded as stale. The upstream may
// still close while a request is on its way; the request is then repeated once on a new connection
// if it is idempotent (RFC 9110, section 9.2.2) or marked repeatable, its body is not consumed, the
// connection was pooled, and no byte of an answer arrived. Other requests only use pooled
// connections idle for less than a second.
//
// Errors are values. Limits on answers: head limits::kMaxHeaderBytes, 64 interim (1xx) answers.
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

/// Why there is no usable answer. `code` is UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT,
/// UPSTREAM_INVALID or OVERLOADED; `detail` is for the log, not the caller.
struct UpstreamFailure {
  Code code = Code::kUpstreamUnavailable;
  std::string detail;
};

/// Limits of a client.
struct HttpClientOptions {
  std::size_t max_idle_per_upstream = 64;
  std::size_t max_connections_per_upstream = 2048;  ///< beyond it: OVERLOADED
  /// Idle connections are closed after this.
  std::chrono::milliseconds idle_timeout{30'000};
  /// Longest idle time of a connection used for requests that must not be repeated.
  std::chrono::milliseconds unsafe_reuse_within{1000};
};

/// A request of the server itself.
struct OutgoingRequest {
  HttpVerb method = HttpVerb::get;
  std::string target = "/";  ///< appended to the upstream's base path
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool repeatable = false;  ///< may be sent twice even if the method is not idempotent
  /// Largest answer body in bytes; a larger one is UPSTREAM_INVALID.
  std::size_t max_body = 1024 * 1024;
  std::optional<std::chrono::milliseconds>
      total_timeout;  ///< for the whole exchange; otherwise the upstream's timeouts
};

/// A complete answer.
struct IncomingResponse {
  unsigned status = 0;
  HttpFields fields;
  std::string body;
};

/// The client of one io_context.
class HttpClient {
 public:
  explicit HttpClient(asio::io_context& context, UpstreamMetrics* metrics = nullptr,
                      HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends a request and reads the whole answer.
  [[nodiscard]] asio::awaitable<std::variant<IncomingResponse, UpstreamFailure>> request(
      const UpstreamTarget& upstream, OutgoingRequest what);

  // --- for streaming callers

 private:
  struct Pools;

 public:
  /// A connection taken from the pool. release() returns it; otherwise it is closed.
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
    /// Whether it came from the pool and may be stale.
    [[nodiscard]] bool reused() const noexcept { return reused_; }
    /// Call if the answer was complete and the connection may serve another request.
    void release();
    /// Closes the connection.
    void reset() noexcept;

   private:
    std::shared_ptr<Pools> pools_;
    UpstreamConnectionPtr connection_;
    bool reused_ = false;
  };

  /// Which pooled connections acquire() and take_idle() may use; kFreshlyUsed: idle for at most
  /// unsafe_reuse_within.
  enum class Reuse : std::uint8_t { kAny, kFreshlyUsed, kNever };
  /// A pooled connection; empty if there is none or the limit is reached. Does not wait.
  [[nodiscard]] Lease take_idle(const UpstreamTarget& upstream, Reuse reuse);
  /// A pooled or new connection. `on_connecting` receives a new connection before it connects, so
  /// that it can be closed.
  [[nodiscard]] asio::awaitable<std::variant<Lease, UpstreamFailure>> acquire(
      const UpstreamTarget& upstream, Reuse reuse, UpstreamConnection** on_connecting = nullptr);

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] UpstreamMetrics* metrics() noexcept { return metrics_; }
  /// The watchdog of this thread.
  [[nodiscard]] Watchdog& watchdog() noexcept;
  /// Closes all idle connections.
  void clear_idle() noexcept;
  /// Number of idle connections.
  [[nodiscard]] std::size_t idle_count() const noexcept;

 private:
  asio::awaitable<std::optional<UpstreamFailure>> connect(UpstreamConnection& connection,
                                                          const UpstreamTarget& upstream);
  asio::awaitable<std::optional<UpstreamFailure>> resolve(const UpstreamTarget& upstream,
                                                          std::vector<Tcp::endpoint>& found);
  /// Tries the addresses in turn until `until`; each gets a share of the time, so that an
  /// unresponsive one does not block the others.
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
  /// Keyed by whether and against which authorities they verify. Connections keep what they need
  /// alive.
  std::map<std::string, std::unique_ptr<asio::ssl::context>> tls_contexts_;
};

/// Whether repeating the method is safe (RFC 9110, section 9.2.2). TRACE is never forwarded.
[[nodiscard]] bool is_idempotent(HttpVerb method) noexcept;

/// Converts a Beast or system error. `timed_out` takes precedence.
[[nodiscard]] UpstreamFailure failure_of(const error_code& error, bool timed_out,
                                         std::string_view doing);

}  // namespace portcullis::bff
