#include <sys/resource.h>

#include <cstdio>
#include <thread>

#include "app/cli.hpp"
#include "app/server.hpp"
#include "base/log.hpp"

namespace portcullis::bff {

namespace {

LogLevel level_of(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return LogLevel::kInfo;
}

/// Raises the descriptor limit to its maximum: 10,000 streams need 10,000 sockets.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_serve(const ServeOptions& options) {
  start_log(level_of(options.log_level));
  raise_descriptor_limit();
  ServerOptions server_options;
  server_options.config = options.config;
  server_options.plugins = options.plugins;
  server_options.state = options.state;
  server_options.spa = options.spa;
  server_options.host = options.host;
  server_options.port = options.port;
  server_options.metrics_host = options.metrics_host;
  server_options.metrics_port = options.metrics_port;
  server_options.pdp_host = options.pdp_host;
  server_options.pdp_port = options.pdp_port;
  server_options.threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  server_options.drain = std::chrono::seconds(options.drain_seconds);
  server_options.drain_grace = std::chrono::seconds(options.drain_grace_seconds);

  auto started = Server::start(server_options);
  if (const auto* problem = std::get_if<std::string>(&started)) {
    flush_log();
    // For people at a terminal, not for the log.
    std::fprintf(stderr, "portcullis-bff: cannot start\n%s\n", problem->c_str());
    return 1;
  }
  Server& server = *std::get<std::unique_ptr<Server>>(started);
  const std::string line = server.ready_line();
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  server.run(true);
  log_event(LogLevel::kInfo, "stopped", "all connections are closed");
  flush_log();
  return 0;
}

}  // namespace portcullis::bff
