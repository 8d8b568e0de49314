// The whole server: workers, listeners, state, and how they start, reload and end.
//
// Order of calls: Server::start (everything is checked and bound; nothing is served when it fails),
// run() blocks until stop() and the drain are over. stop() and reload_later() from any thread.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "app/app.hpp"
#include "base/clock.hpp"
#include "domain/config_problem.hpp"
#include "http/worker.hpp"

namespace portcullis::bff {

struct ServerOptions {
  std::filesystem::path config;
  std::filesystem::path plugins;
  std::filesystem::path state;
  std::filesystem::path spa;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string metrics_host;  ///< empty: `host` when only this machine reaches it, else 127.0.0.1
  std::uint16_t metrics_port = 0;
  std::string pdp_host;  ///< the same
  int pdp_port = -1;
  unsigned threads = 1;
  std::chrono::seconds drain{10};
  /// After SIGTERM and before the drain: /readyz says 503 and everything is served on.
  std::chrono::seconds drain_grace{0};
  Timeouts timeouts;  ///< settings.yaml wins
  StreamLimits streams;
};

class Server {
 public:
  /// Or the sentences that say why it does not start, one per line.
  [[nodiscard]] static std::variant<std::unique_ptr<Server>, std::string> start(
      const ServerOptions& options, const Clock& clock = Clock::real());
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const std::string& url() const noexcept;
  [[nodiscard]] const std::string& metrics_url() const noexcept;
  /// Empty: none.
  [[nodiscard]] const std::string& pdp_url() const noexcept;
  [[nodiscard]] App& app() noexcept;
  /// {"event":"ready","url","metrics_url","pdp_url"}.
  [[nodiscard]] std::string ready_line() const;

  /// Serves. With `signals`, SIGTERM and SIGINT stop (SIGINT without the grace: an
  /// operator is at the terminal), SIGHUP reloads. Returns when the server has ended.
  void run(bool signals);
  /// After the grace stops accepting, lets what runs finish for the drain's time, then ends.
  void stop();
  void reload_later();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::bff
