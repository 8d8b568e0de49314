// One thread's part of the server: an io_context with its connections and deadlines. Shares only
// ServerLoad with other threads.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/watchdog.hpp"
#include "http/connection_quota.hpp"
#include "http/head_limits.hpp"

namespace portcullis::bff {

class Connection;

/// Timeouts of connections.
struct Timeouts {
  std::chrono::milliseconds head{10'000};  ///< from the first to the last byte of a request head
  std::chrono::milliseconds idle{75'000};  ///< between two requests
  std::chrono::milliseconds body_piece{30'000};  ///< silence within a body
  std::chrono::milliseconds write{30'000};       ///< while the client does not read
  std::chrono::milliseconds linger{2'000};     ///< reading on after an answer that closes: for the
                                               ///< next bytes; 15 times as long in all
  std::chrono::milliseconds peer_look{1'000};  ///< between checks of a client that sent ahead
  std::chrono::milliseconds drain_idle{250};   ///< for idle connections at shutdown
  /// After `body_piece`, the average rate a body must have reached: a client sending a byte per
  /// second would hold a connection, an upstream and a thread's attention.
  std::uint64_t min_body_bytes_per_second = 256;
};

/// Counters of all workers. Thread-safe.
struct ServerLoad {
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> max_connections{10'000};
  std::atomic<std::uint64_t> refused{0};
  ConnectionQuota addresses;
  /// Answers close their connections and /readyz answers 503. Listeners may continue for a while.
  std::atomic<bool> draining{false};
  /// Listeners are closing or closed; idle connections are closed.
  std::atomic<bool> closing{false};
  std::atomic<int> listening{0};  ///< listeners not yet closed, excluding the operators'
};

using ConnectionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
/// An entry in a list of its own, so that a worker can iterate over its connections.
struct ConnectionLink : ConnectionHook {
  virtual ~ConnectionLink() = default;
  /// Closes the connection after Timeouts::drain_idle if it is idle.
  virtual void drain() = 0;
  /// Closes the connection immediately.
  virtual void close_now() = 0;
  /// For a parked connection: called when nothing else holds it.
  virtual void let_go() = 0;
};

/// Used on one thread, except for `load`.
class Worker {
 public:
  Worker(ServerLoad& shared_load, const Timeouts& limits)
      : load(shared_load), timeouts(limits), watchdog(context.get_executor()) {}
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// The current time as IMF-fixdate (RFC 9110, section 5.6.7), updated once a second.
  [[nodiscard]] const std::string& date();

  ServerLoad& load;
  Timeouts timeouts;       ///< replaced on this thread only, after a reload
  HeadLimits head_limits;  ///< likewise
  boost::asio::io_context context{1};
  Watchdog watchdog;
  std::string scratch;  ///< for heads that are written at once
  /// Buffers for received bytes and for chunked data after decoding, so that waiting connections
  /// need none of their own. Not used across a wait.
  struct Arrival {
    std::array<char, 64 * 1024> received;
    std::array<char, 64 * 1024> decoded;
  };
  const std::unique_ptr<Arrival> arrival = std::make_unique<Arrival>();
  boost::intrusive::list<ConnectionLink, boost::intrusive::constant_time_size<false>> connections;

 private:
  std::chrono::steady_clock::time_point date_until_{};
  std::string date_;
};

}  // namespace portcullis::bff
