// Reads a configuration folder into a Snapshot, or says everything that is wrong with it.
//
// settings.yaml and plugins.yaml have to be there; routes.yaml, fixtures.yaml, users.yaml,
// idps.yaml, policy.yaml and theme.yaml may be absent. docs/configuration.md lists every key.
//
// Each file is read once into memory; a file that changes while the folder is read makes the whole
// read start again, so that a snapshot is never made of two states of the folder. The same goes
// for a folder that does not come to rest: that is an error, not a guess.
//
// An error in any entry fails the whole load: a plugin that would silently be missing, or a deny
// rule that would silently not be there, is worse than a reload that is refused. Does not throw.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "adapters/files/bundle_files.hpp"
#include "base/clock.hpp"
#include "domain/config.hpp"
#include "domain/config_problem.hpp"

namespace portcullis::bff {

struct LoadOptions {
  std::filesystem::path config_dir;
  std::filesystem::path plugins_dir;  ///< what /app/plugins means; empty: ../plugins of config_dir
  /// Keeps bundles and their compressed forms over reloads. Null: one is made.
  std::shared_ptr<BundleFiles> bundles;
  std::uint64_t generation = 1;  ///< of the snapshot that is made
  const Clock* clock = nullptr;  ///< null: the machine's
  bool on_loopback = true;       ///< nobody but this machine reaches the server
};

struct LoadResult {
  std::shared_ptr<const Snapshot> snapshot;  ///< null when there is at least one error
  std::vector<ConfigProblem> problems;       ///< errors and warnings, by file and line
  bool ok() const noexcept { return snapshot != nullptr; }
};

LoadResult load_config(const LoadOptions& options);

}  // namespace portcullis::bff
