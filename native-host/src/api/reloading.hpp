// Port: reloading of the configuration. app/reload.hpp implements it.
#pragma once

#include <vector>

#include "api/serving_state.hpp"
#include "domain/config_problem.hpp"

namespace portcullis::bff {

/// The result of a reload.
struct ReloadOutcome {
  bool ok = false;
  ServingStatePtr serving;              ///< the state served from now on
  std::vector<ConfigProblem> problems;  ///< errors if !ok, otherwise warnings
};

/// Implementations must be thread-safe.
class Reloading {
 public:
  virtual ~Reloading() = default;
  /// Rereads configuration and page and, if all of it is valid, serves it from now on; otherwise
  /// nothing changes. Blocks on files: use offload(). Reloads are serialised.
  [[nodiscard]] virtual ReloadOutcome reload() = 0;
  /// Ends sessions whose account no longer exists or has changed (tenant, roles, subject or
  /// password) in the current state. Does not block.
  virtual void end_orphaned_sessions() = 0;
};

}  // namespace portcullis::bff
