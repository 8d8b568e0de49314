// A problem in a configuration, and its location.
//
// All readers of the configuration append to one list and continue, so that an operator sees all
// problems at once. A configuration with an error is never served (the last good snapshot stays);
// warnings are reported and the configuration is served.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis::bff {

/// A place in a configuration file. Lines and columns count from 1; 0 means the whole file.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
};

using portcullis::Severity;

/// One error or warning.
struct ConfigProblem {
  Severity severity = Severity::kError;
  Code code = Code::kConfigBadValue;
  Location where;
  std::string pointer;  ///< RFC 6901, from the root of the file
  std::string message;  ///< one sentence, without the place
};

/// "file:line:column: error CODE: message (at /pointer)"; without line and column when they are 0.
/// Control bytes, which a hostile file could carry into a log or a terminal, are escaped.
std::string to_string(const ConfigProblem& problem);

/// `[{"severity","code","file","line","column","pointer","message"}]`, for the refresh endpoint.
std::string to_json(const std::vector<ConfigProblem>& problems);

/// Whether the list contains an error.
bool has_errors(const std::vector<ConfigProblem>& problems) noexcept;

}  // namespace portcullis::bff
