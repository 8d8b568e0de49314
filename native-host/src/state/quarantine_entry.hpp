// One entry of the quarantine list.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "state/clock.hpp"

namespace portcullis::bff {

struct QuarantineEntry {
  std::string tenant;
  std::string plugin_id;
  std::optional<std::string> version;  ///< none: every version
  std::string reason;
  std::string actor;
  WallTime since;
  std::optional<WallTime> expires_at;  ///< none: until it is lifted
  SteadyTime holds_until{};            ///< set by Quarantine: not before this either; not on disk
};

/// Whether a quarantined version is this one: by precedence, so that 1.0.0 stops 1.0.0+build.7
/// (SemVer 2.0.0, 10: build metadata makes no other version). Texts that are no versions have to be
/// the same.
[[nodiscard]] bool same_version(std::string_view a, std::string_view b);

/// Whether two entries are of one tenant, plugin and version: the later one replaces the other.
[[nodiscard]] bool same_entry(const QuarantineEntry& a, const QuarantineEntry& b);

/// Whether an entry of this version stops that one; an entry without a version stops all.
[[nodiscard]] inline bool stops_version(const std::optional<std::string>& version,
                                        std::string_view running) {
  return !version || same_version(*version, running);
}

}  // namespace portcullis::bff
