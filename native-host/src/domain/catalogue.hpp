// The catalogue: the configuration that is served, with every tenant's plugins, as one immutable
// snapshot; and the port of where it comes from (adapters/yaml/yaml_catalogue.hpp).
//
// Contract of every catalogue (native-host/tests/adapters/catalogue_contract_test.cpp):
//   consistency  a snapshot never changes; reload() replaces it as a whole. generation() grows with
//                each replacement, and a reader that sees a new generation gets its snapshot.
//   failure      a reload() that fails changes nothing that is served, and says what is wrong
//   where. blocking     get() and generation() never block; reload() reads, so call it off the I/O
//   threads.
// Safe from any thread. Old snapshots live until the last request that holds one ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "domain/config.hpp"

namespace portcullis::bff {

class Catalogue {
 public:
  struct Reload {
    bool ok = false;
    std::shared_ptr<const Snapshot> before;  ///< what was served until now; null at first
    std::shared_ptr<const Snapshot> after;   ///< what is served from now on; null when !ok at first
    std::vector<ConfigProblem> problems;     ///< errors when !ok, else warnings only
  };
  /// A further check of the settings by the server; an error refuses the load.
  using Check = std::function<void(const Settings&, std::vector<ConfigProblem>&)>;

  Catalogue() = default;
  virtual ~Catalogue() = default;
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  /// The current snapshot; null before the first successful reload().
  [[nodiscard]] virtual std::shared_ptr<const Snapshot> get() const = 0;
  /// 0 before the first; then the generation of what get() returns.
  [[nodiscard]] virtual std::uint64_t generation() const noexcept = 0;
  /// Reads the source and replaces the snapshot. Reloads happen one after the other.
  [[nodiscard]] virtual Reload reload() = 0;
  /// Sets the check. Before the first reload().
  virtual void also_check(Check check) = 0;
};

}  // namespace portcullis::bff
