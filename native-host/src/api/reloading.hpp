// What endpoints ask of whoever loads the configuration. A port: app/reload.hpp implements it.
#pragma once

#include <vector>

#include "api/serving_state.hpp"
#include "domain/config_problem.hpp"

namespace portcullis::bff {

struct ReloadOutcome {
  bool ok = false;
  ServingStatePtr serving;              ///< what is served from now on
  std::vector<ConfigProblem> problems;  ///< errors when !ok, else warnings
};

class Reloading {
 public:
  virtual ~Reloading() = default;
  /// Reads the configuration and the page again and, if all of it is good, serves them from now on;
  /// otherwise nothing changes. Blocks on files: call it through offload(). One at a time.
  [[nodiscard]] virtual ReloadOutcome reload() = 0;
  /// Ends the sessions whose account is gone, or is another one, in what is served now: tenant,
  /// roles, subject and password all count. Does not block.
  virtual void end_orphaned_sessions() = 0;
};

}  // namespace portcullis::bff
