// One entry of the quarantine list.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "portcullis/admission.hpp"

namespace portcullis::bff {

/// The quarantine of one plugin, or of one version of it.
struct QuarantineEntry {
  std::string tenant;
  std::string plugin_id;
  std::optional<std::string> version;  ///< absent: all versions
  std::string reason;
  std::string actor;
  WallTime since;
  std::optional<WallTime> expires_at;  ///< absent: until lifted
  SteadyTime holds_until{};            ///< set by Quarantine: does not expire before; not stored
};

/// Whether two entries have the same tenant, plugin and version: the later one replaces the other.
[[nodiscard]] bool same_entry(const QuarantineEntry& a, const QuarantineEntry& b);

}  // namespace portcullis::bff
