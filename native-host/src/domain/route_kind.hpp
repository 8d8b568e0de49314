// What kind of thing answered a request: a closed set, for logs and metrics.
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis::bff {

/// What kind of thing answered; a closed set, so a label.
enum class RouteKind : std::uint8_t {
  kApi,  ///< a proxied or fixture route, kind api
  kSse,  ///< a proxied or fixture route, kind sse
  kManifests,
  kBundle,
  kOperator,  ///< refresh, quarantine, unquarantine
  kPlugin,    ///< secure-echo, telemetry, health
  kEvents,    ///< host events
  kAccess,    ///< AuthZEN
  kConfigs,
  kAuth,
  kStatic,
  kNone,  ///< nothing was reached: 404, 400, 421, ...
};
[[nodiscard]] std::string_view name(RouteKind kind) noexcept;

}  // namespace portcullis::bff
