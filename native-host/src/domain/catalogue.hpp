// The catalogue: the served configuration with all tenants' plugins, as one immutable snapshot; and
// the port to its source (adapters/yaml/yaml_catalogue.hpp).
//
// Contract of every catalogue (native-host/tests/adapters/catalogue_contract_test.cpp):
//   consistency  a snapshot never changes; reload() replaces it as a whole. generation() grows with
//                each replacement, and a reader that sees a new generation gets its snapshot.
//   failure      a failed reload() leaves the served snapshot in place and reports what is wrong
//                and where.
//   blocking     get() and generation() never block; reload() reads files, so call it off the I/O
//                threads.
// Thread-safe. A snapshot lives until the last request that holds it ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "domain/config.hpp"

namespace portcullis::bff {

/// The source of snapshots.
class Catalogue {
 public:
  /// The result of a reload.
  struct Reload {
    bool ok = false;
    std::shared_ptr<const Snapshot> before;  ///< served before; null at first
    std::shared_ptr<const Snapshot> after;   ///< served from now on; null if the first load failed
    std::vector<ConfigProblem> problems;     ///< errors if !ok, else warnings only
  };
  /// An additional check of the settings; an error rejects the configuration.
  using Check = std::function<void(const Settings&, std::vector<ConfigProblem>&)>;

  Catalogue() = default;
  virtual ~Catalogue() = default;
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  /// The current snapshot; null before the first successful reload().
  [[nodiscard]] virtual std::shared_ptr<const Snapshot> get() const = 0;
  /// The generation of the snapshot that get() returns; 0 before the first.
  [[nodiscard]] virtual std::uint64_t generation() const noexcept = 0;
  /// Reads the source and replaces the snapshot. Concurrent calls run one after the other.
  [[nodiscard]] virtual Reload reload() = 0;
  /// Sets the additional check. Call it before the first reload().
  virtual void also_check(Check check) = 0;
};

}  // namespace portcullis::bff
