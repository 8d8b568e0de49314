#include <algorithm>
#include <iostream>

#include "adapters/yaml/loader.hpp"
#include "app/cli.hpp"
#include "base/host_name.hpp"
#include "domain/served.hpp"
#include "http/static_site.hpp"

namespace portcullis::bff {
namespace {

/// Checks the built page of the configuration and reports what the server would log at start-up.
void check_site(const std::filesystem::path& root, std::vector<ConfigProblem>& problems) {
  StaticSite::Report report;
  (void)StaticSite::load(root, report);
  if (!report.problem.empty()) report.warnings.insert(report.warnings.begin(), report.problem);
  for (std::string& warning : report.warnings) {
    problems.push_back(
        {Severity::kWarning, Code::kConfigFileMissing, {root.string()}, "", std::move(warning)});
  }
}

}  // namespace

int run_check(const CheckOptions& options) {
  LoadOptions load;
  load.config_dir = options.config;
  load.plugins_dir = options.plugins;
  load.on_loopback = is_loopback(options.host);
  LoadResult result = load_config(load);
  if (result.ok()) {
    const Settings& settings = result.snapshot->settings;
    const std::filesystem::path spa =
        options.spa.empty() ? settings.spa_root.value_or("") : options.spa;
    const std::vector<ConfigProblem>& remarks = result.snapshot->remarks;
    result.problems.insert(result.problems.end(), remarks.begin(), remarks.end());
    if (!spa.empty()) check_site(spa, result.problems);
  }
  std::size_t errors = 0;
  bool nobody = false;
  for (ConfigProblem& problem : result.problems) {
    // The server starts with these, because files and accounts may be added later; check treats
    // them as errors.
    if (serves_nobody(problem)) {
      problem.severity = Severity::kError;
      nobody = true;
    }
    std::cout << to_string(problem) << "\n";
    errors += problem.severity == Severity::kError ? 1 : 0;
  }
  const std::size_t warnings = result.problems.size() - errors;
  if (!result.ok()) {
    std::cout << "not served: " << errors << " errors, " << warnings << " warnings\n";
    return 1;
  }
  std::size_t unserved_plugins = 0;
  for (const UnservedCount& count : unserved(*result.snapshot)) unserved_plugins += count.plugins;
  std::cout << (nobody ? "valid, but nothing would be served: " : "ok: ")
            << result.snapshot->tenants.size() << " tenants, " << result.snapshot->plugin_count()
            << " plugins";
  if (unserved_plugins > 0) std::cout << " (" << unserved_plugins << " not served)";
  std::cout << ", " << warnings << " warnings\n";
  return nobody ? 1 : 0;
}

}  // namespace portcullis::bff
