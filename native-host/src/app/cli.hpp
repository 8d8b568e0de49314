// portcullis-bff's command line: serve, check, console, version.
//
// Exit codes: 0 success, 1 failure (the reason is on stderr, for check on stdout), 2 wrong usage.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace portcullis::bff {

/// Options of `serve`.
struct ServeOptions {
  std::filesystem::path config;
  std::filesystem::path plugins;  ///< empty: "../plugins" relative to config
  std::filesystem::path state = "portcullis-state";
  std::filesystem::path spa;  ///< empty: spa.root of settings.yaml
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string metrics_host;  ///< empty: same as host
  std::uint16_t metrics_port = 0;
  std::string pdp_host;
  int pdp_port = -1;     ///< -1: no listener for the embedded PDP
  unsigned threads = 0;  ///< 0: one per core
  unsigned drain_seconds = 10;
  unsigned drain_grace_seconds = 0;
  std::string log_level = "info";
};

/// Parses the arguments and runs the command. Returns the exit code.
int run_cli(int argc, char** argv);

/// Serves until SIGTERM or SIGINT.
int run_serve(const ServeOptions& options);
/// Options of `check`.
struct CheckOptions {
  std::filesystem::path config;
  std::filesystem::path plugins;  ///< as in ServeOptions
  std::filesystem::path spa;      ///< likewise
  std::string host = "127.0.0.1";
};

/// Prints every problem of the configuration, as a server listening on `host` would see it. Returns
/// 1 if there are errors, if no page would get a plugin, or if no one could sign in.
int run_check(const CheckOptions& options);
/// Answers one JSON object per input line with one per output line.
int run_console();

}  // namespace portcullis::bff
