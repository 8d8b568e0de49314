// Reads a configuration folder into a Snapshot, or reports everything that is wrong with it.
//
// settings.yaml and plugins.yaml are required; routes.yaml, fixtures.yaml, users.yaml, idps.yaml,
// policy.yaml and theme.yaml are optional. docs/configuration.md lists every key.
//
// Files are read into memory once; if one changes meanwhile, all are read again, so that a snapshot
// never mixes two states of the folder. A folder that keeps changing is an error.
//
// An error in any entry fails the whole load: a silently missing plugin or deny rule would be worse
// than a rejected reload. Never throws.
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

/// Inputs of a load.
struct LoadOptions {
  std::filesystem::path config_dir;
  std::filesystem::path plugins_dir;  ///< stands for /app/plugins; empty: ../plugins of config_dir
  /// Keeps bundles and their compressed forms across reloads. Null: a new store.
  std::shared_ptr<BundleFiles> bundles;
  std::uint64_t generation = 1;  ///< of the resulting snapshot
  const Clock* clock = nullptr;  ///< null: the machine's
  bool on_loopback = true;       ///< the server is only reachable from this machine
};

/// The result of a load.
struct LoadResult {
  std::shared_ptr<const Snapshot> snapshot;  ///< null if there is an error
  std::vector<ConfigProblem> problems;       ///< errors and warnings, by file and line
  bool ok() const noexcept { return snapshot != nullptr; }
};

/// Loads the folder. Blocks on files.
LoadResult load_config(const LoadOptions& options);

}  // namespace portcullis::bff
