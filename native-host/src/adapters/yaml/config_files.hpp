// Reads the files of a configuration folder as one consistent state.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/config_problem.hpp"

namespace portcullis::bff {

/// A file of the folder.
struct ConfigFileSpec {
  std::string_view name;
  bool required;
};

/// All files, in the order of the documentation.
inline constexpr std::array<ConfigFileSpec, 8> kConfigFiles{{
    {"settings.yaml", true},
    {"plugins.yaml", true},
    {"routes.yaml", false},
    {"fixtures.yaml", false},
    {"users.yaml", false},
    {"idps.yaml", false},
    {"policy.yaml", false},
    {"theme.yaml", false},
}};

/// File contents by name.
using ConfigTexts = std::map<std::string, std::string, std::less<>>;

/// Reads the files. Each file must be replaced by renaming a complete one over it. Several files
/// change atomically if `dir`, or a link on the way to the files, is a symlink that is switched:
/// the result is then entirely the old or the new version.
///
/// Missing optional files are left out. Returns nullopt, with problems, if a file cannot be read or
/// the folder keeps changing for a second. `between` is called after each reading, before it is
/// verified (for tests).
std::optional<ConfigTexts> read_config_files(const std::filesystem::path& dir,
                                             std::vector<ConfigProblem>& problems,
                                             const std::function<void()>& between = {});

}  // namespace portcullis::bff
