#include "app/cli.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

namespace portcullis::bff {

namespace {

void add_serve(CLI::App& app, ServeOptions& options) {
  app.add_option("--config", options.config, "Folder with settings.yaml and plugins.yaml")
      ->required();
  app.add_option("--plugins", options.plugins,
                 "Folder for /app/plugins in the configuration (default: ../plugins beside it)");
  app.add_option("--state", options.state, "Folder for quarantine, audit log and operator token")
      ->capture_default_str();
  app.add_option("--spa", options.spa, "Folder of the built single-page app");
  app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port; 0 picks a free one")->capture_default_str();
  app.add_option("--metrics-host", options.metrics_host,
                 "Address of the metrics listener (default: --host on loopback, else 127.0.0.1)");
  app.add_option("--metrics-port", options.metrics_port, "Its port; 0 picks a free one")
      ->capture_default_str();
  app.add_option("--pdp-port", options.pdp_port, "Also serve the embedded PDP, on this port")
      ->check(CLI::Range(0, 65535));
  app.add_option("--pdp-host", options.pdp_host,
                 "Its address (default: --host on loopback, else 127.0.0.1)");
  app.add_option("--threads", options.threads, "Threads (default: one per core)")
      ->check(CLI::Range(0, 256));
  app.add_option("--drain-seconds", options.drain_seconds,
                 "How long running requests may take after SIGTERM")
      ->capture_default_str();
  app.add_option("--drain-grace-seconds", options.drain_grace_seconds,
                 "How long to accept connections after SIGTERM while /readyz answers 503")
      ->capture_default_str();
  app.add_option("--log-level", options.log_level, "debug, info, warning, error or off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
}

}  // namespace

int run_cli(int argc, char** argv) {
  CLI::App app("Portcullis BFF: serves plugins and judges each of their calls");
  app.name("portcullis-bff");
  app.require_subcommand(1);

  ServeOptions serve;
  CLI::App* const serve_command = app.add_subcommand("serve", "Serve");
  add_serve(*serve_command, serve);

  CheckOptions check;
  CLI::App* const check_command =
      app.add_subcommand("check", "Validate a configuration folder and print every problem");
  check_command->add_option("--config", check.config, "Folder with the configuration")->required();
  check_command->add_option("--plugins", check.plugins,
                            "Folder for /app/plugins in the configuration");
  check_command->add_option("--spa", check.spa, "Folder of the built single-page app");
  check_command->add_option("--host", check.host, "Address that the server will listen on")
      ->capture_default_str();

  CLI::App* const console_command =
      app.add_subcommand("console", "Answer JSON lines of stdin with the core's decisions");
  CLI::App* const version_command = app.add_subcommand("version", "Print the version");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (serve_command->parsed()) return run_serve(serve);
  if (check_command->parsed()) return run_check(check);
  if (console_command->parsed()) return run_console();
  if (version_command->parsed()) std::cout << "portcullis-bff " << PORTCULLIS_VERSION << "\n";
  return 0;
}

}  // namespace portcullis::bff
