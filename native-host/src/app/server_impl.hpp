// Internals of Server: server.cpp starts, reloads and ends it; server_drain.cpp drains it.
#pragma once

#include <atomic>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "api/gateway.hpp"
#include "api/ops_service.hpp"
#include "app/server.hpp"
#include "http/listener.hpp"
#include "lab/pdp_service.hpp"

namespace portcullis::bff {

/// A worker and its own gateway.
struct WorkerThread {
  WorkerThread(App& app, const Timeouts& timeouts)
      : worker(app.load, timeouts), gateway(app.gateway_parts(), worker) {}
  Worker worker;
  Gateway gateway;
  std::list<Listener> listeners;

  /// Closes everything, waits up to a second for coroutines to finish, and stops the context. They
  /// use the gateway, which is destroyed before the context.
  void end() {
    for (Listener& listener : listeners) listener.stop_now();
    std::vector<ConnectionLink*> open;
    for (ConnectionLink& connection : worker.connections) open.push_back(&connection);
    for (ConnectionLink* connection : open) connection->close_now();
    wait_for_end(100);
  }

 private:
  void wait_for_end(int tries) {
    if (worker.connections.empty() || tries == 0) {
      worker.context.stop();
      return;
    }
    ending_.expires_after(std::chrono::milliseconds(10));
    ending_.async_wait([this, tries](const error_code&) { wait_for_end(tries - 1); });
  }
  boost::asio::steady_timer ending_{worker.context};
};

/// The state behind Server. Used on the main context's thread, except for the atomics.
struct Server::Impl {
  ServerOptions options;
  std::unique_ptr<SharedState> state;
  std::unique_ptr<App> app;
  std::unique_ptr<OpsService> ops;
  std::unique_ptr<PdpService> pdp;
  std::vector<std::unique_ptr<WorkerThread>> worker_threads;
  std::string url;
  std::string metrics_url;
  std::string pdp_url;

  std::unique_ptr<boost::asio::signal_set> signals;
  std::unique_ptr<boost::asio::steady_timer> tick;
  SteadyTime last_sweep{};
  std::atomic<bool> sweeping{false};
  std::atomic<bool> telling_time{false};
  SteadyTime close_at{};
  SteadyTime drain_until{};
  std::uint64_t refused_seen = 0;
  std::int64_t connections_seen = 0;
  bool draining = false;
  bool closing = false;

  asio::io_context& main_context() { return worker_threads.front()->worker.context; }
  std::string open(const Clock& clock);
  std::string bind();
  void on_signal();
  void on_tick();
  void housekeeping();
  Timeouts timeouts_of(const Settings& settings) const;
  void begin_drain(std::chrono::seconds grace);
  void close_listeners();
  void close_streams();
  bool idle();
  void end_all();
  void reload_in_background();
};

}  // namespace portcullis::bff
