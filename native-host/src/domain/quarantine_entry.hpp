// One entry of the quarantine list.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "portcullis/admission.hpp"

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

/// Whether two entries are of one tenant, plugin and version: the later one replaces the other.
[[nodiscard]] bool same_entry(const QuarantineEntry& a, const QuarantineEntry& b);

}  // namespace portcullis::bff
