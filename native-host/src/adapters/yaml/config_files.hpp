// The files of a configuration folder, read into memory as one state of the folder.
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

struct ConfigFileSpec {
  std::string_view name;
  bool required;
};

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

using ConfigTexts = std::map<std::string, std::string, std::less<>>;

/// Replacing: each file is whole when a complete one is renamed over it. Several files change as
/// one when `dir` is, or its files lead through, a link that is switched: the texts are then all of
/// the old or all of the new version.
///
/// The texts by file name; absent optional files are left out. Nothing, and problems, when one
/// cannot be read or the folder does not come to rest within a second. `between` is called after
/// each reading and before it is checked (a test changes a file there).
std::optional<ConfigTexts> read_config_files(const std::filesystem::path& dir,
                                             std::vector<ConfigProblem>& problems,
                                             const std::function<void()>& between = {});

}  // namespace portcullis::bff
