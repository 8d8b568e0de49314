#include <iostream>

#include "cli/cli.hpp"
#include "config/host_name.hpp"
#include "config/loader.hpp"

namespace portcullis::bff {

int run_check(const std::filesystem::path& config, const std::filesystem::path& plugins,
              const std::string& host) {
  LoadOptions options;
  options.config_dir = config;
  options.plugins_dir = plugins;
  options.on_loopback = is_loopback(host);
  const LoadResult result = load_config(options);
  std::size_t errors = 0;
  for (const ConfigProblem& problem : result.problems) {
    std::cout << to_string(problem) << "\n";
    errors += problem.severity == Severity::kError ? 1 : 0;
  }
  const std::size_t warnings = result.problems.size() - errors;
  if (result.ok()) {
    std::cout << "ok: " << result.snapshot->tenants.size() << " tenants, "
              << result.snapshot->plugin_count() << " plugins, " << warnings << " warnings\n";
    return 0;
  }
  std::cout << "not served: " << errors << " errors, " << warnings << " warnings\n";
  return 1;
}

}  // namespace portcullis::bff
