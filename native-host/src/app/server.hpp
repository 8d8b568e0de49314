// The whole server: workers, listeners and state; start, reload and shutdown.
//
// Server::start() validates and binds everything, and serves nothing if that fails. run() blocks
// until stop() and the drain are done. stop() is thread-safe.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "app/app.hpp"
#include "base/clock.hpp"
#include "domain/config_problem.hpp"
#include "http/worker.hpp"

namespace portcullis::bff {

/// Command line options of the server.
struct ServerOptions {
  std::filesystem::path config;
  std::filesystem::path plugins;
  std::filesystem::path state;
  std::filesystem::path spa;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string metrics_host;  ///< empty: `host` if it is loopback, otherwise 127.0.0.1
  std::uint16_t metrics_port = 0;
  std::string pdp_host;  ///< like metrics_host
  int pdp_port = -1;
  unsigned threads = 1;
  std::chrono::seconds drain{10};
  /// Time between SIGTERM and the drain, during which /readyz answers 503 and everything else is
  /// served.
  std::chrono::seconds drain_grace{0};
  Timeouts timeouts;  ///< defaults; settings.yaml takes precedence
  StreamLimits streams;
};

/// One server per object.
class Server {
 public:
  /// Returns the server, or the reasons why it cannot start, one per line.
  [[nodiscard]] static std::variant<std::unique_ptr<Server>, std::string> start(
      const ServerOptions& options, const Clock& clock = Clock::real());
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The address of the main listener.
  [[nodiscard]] const std::string& url() const noexcept;
  /// The address of the metrics listener.
  [[nodiscard]] const std::string& metrics_url() const noexcept;
  /// The address of the PDP listener; empty if there is none.
  [[nodiscard]] const std::string& pdp_url() const noexcept;
  /// The composition root, for tests.
  [[nodiscard]] App& app() noexcept;
  /// The line printed when ready: {"event":"ready","url","metrics_url","pdp_url"}.
  [[nodiscard]] std::string ready_line() const;

  /// Serves until the server has ended. With `signals`, SIGTERM and SIGINT stop it (SIGINT without
  /// the grace period: an operator is at the terminal), and SIGHUP reloads.
  void run(bool signals);
  /// After the grace period, stops accepting connections, gives running requests the drain time,
  /// then ends.
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::bff
