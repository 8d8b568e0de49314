// portcullis-bff's command line: serve, check, console, version.
//
// Exit codes: 0 done, 1 the command failed (its reason is on stderr; for check, on stdout),
// 2 the command line is wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace portcullis::bff {

struct ServeOptions {
  std::filesystem::path config;
  std::filesystem::path plugins;  ///< empty: "../plugins" of the config folder
  std::filesystem::path state = "portcullis-state";
  std::filesystem::path spa;  ///< empty: spa.root of settings.yaml
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string metrics_host;  ///< empty: as host
  std::uint16_t metrics_port = 0;
  std::string pdp_host;
  int pdp_port = -1;     ///< -1: the embedded PDP has no listener of its own
  unsigned threads = 0;  ///< 0: one per core
  unsigned drain_seconds = 10;
  unsigned drain_grace_seconds = 0;
  std::string log_level = "info";
};

int run_cli(int argc, char** argv);

/// Serves until SIGTERM or SIGINT.
int run_serve(const ServeOptions& options);
struct CheckOptions {
  std::filesystem::path config;
  std::filesystem::path plugins;  ///< as in ServeOptions
  std::filesystem::path spa;      ///< likewise
  std::string host = "127.0.0.1";
};

/// Prints every problem of the configuration, as a server that listens at `host` would see it. 1
/// when it has errors, when no page would get a plugin, or when nobody could sign in.
int run_check(const CheckOptions& options);
/// One JSON object per line in, one per line out.
int run_console();

}  // namespace portcullis::bff
