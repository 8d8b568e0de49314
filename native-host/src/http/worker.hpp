// One thread's part of the server: an io_context, its connections, its deadlines. Nothing in it is
// shared with other threads but the counters of Shared.
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

struct Timeouts {
  std::chrono::milliseconds head{10'000};        ///< first byte to last of a request's head
  std::chrono::milliseconds idle{75'000};        ///< between two requests
  std::chrono::milliseconds body_piece{30'000};  ///< silence within a body
  std::chrono::milliseconds write{30'000};       ///< a client that does not read
  std::chrono::milliseconds linger{2'000};     ///< reading on after an answer that closes: for the
                                               ///< next bytes; 15 times as long in all
  std::chrono::milliseconds peer_look{1'000};  ///< at a client that sends ahead: whether it is gone
  std::chrono::milliseconds drain_idle{250};   ///< idle connections at shutdown
  /// After `body_piece`, a body has to have arrived at this rate: a byte a second holds a
  /// connection, an upstream and a thread's attention for nothing.
  std::uint64_t min_body_bytes_per_second = 256;
};

/// Counters over all workers.
struct ServerLoad {
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> max_connections{10'000};
  std::atomic<std::uint64_t> refused{0};
  ConnectionQuota addresses;
  /// Answers end their connections, /readyz says 503. Listeners may go on for a while.
  std::atomic<bool> draining{false};
  /// Listeners close, or are closed; what is idle has no reason to stay.
  std::atomic<bool> closing{false};
  std::atomic<int> listening{0};  ///< listeners that are not closed yet, but for the operators'
};

using ConnectionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
/// In a list of its own, so that a worker can walk its connections.
struct ConnectionLink : ConnectionHook {
  virtual ~ConnectionLink() = default;
  virtual void drain() = 0;
  virtual void close_now() = 0;
  /// Of one that is parked: nothing holds it any more.
  virtual void let_go() = 0;
};

class Worker {
 public:
  Worker(ServerLoad& shared_load, const Timeouts& limits)
      : load(shared_load), timeouts(limits), watchdog(context.get_executor()) {}
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// IMF-fixdate of now (RFC 9110, 5.6.7), made once a second.
  [[nodiscard]] const std::string& date();

  ServerLoad& load;
  Timeouts timeouts;       ///< exchanged on this thread only, when a reload changed them
  HeadLimits head_limits;  ///< likewise
  boost::asio::io_context context{1};
  Watchdog watchdog;
  std::string scratch;  ///< for heads that are written at once
  /// What a socket gave, until it is copied to where it belongs, and what that is without its
  /// chunks: connections that wait for bytes hold no memory for them. Not used across a wait.
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
