// The kind of endpoint that answered a request, for logs and metrics.
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis::bff {

/// A closed set: usable as a metric label.
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
  kNone,  ///< no endpoint was reached: 404, 400, 421, ...
};
/// The label: "api", "sse", ...
[[nodiscard]] std::string_view name(RouteKind kind) noexcept;

}  // namespace portcullis::bff
