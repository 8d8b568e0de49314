// What a canonical path is, and what a caller of it needs: the wire's table, as data.
//
// It decides nothing about the caller. find_target() names the endpoint; judge() checks its needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "metrics/metrics.hpp"

namespace portcullis::bff {

enum class Endpoint : std::uint8_t {
  kManifests,
  kBundle,
  kRefresh,
  kQuarantine,
  kUnquarantine,
  kQuarantineList,
  kSecureEcho,
  kTelemetry,
  kHealth,
  kEvents,
  kConfigUi,
  kConfigStream,
  kEvaluation,
  kEvaluations,
  kLogin,
  kLogout,
  kSession,
  kRoute,    ///< routes.yaml: an upstream or a fixture
  kStatic,   ///< the single-page app
  kOptions,  ///< OPTIONS on something that exists: which methods it takes
  kNothing,  ///< 404, or 405 when `allow` says what would be taken
  kPageKey,
  kPageKeyRenew,
  kPageKeyState,
};

struct Needs {
  /// The session's proofs against forged requests, for unsafe methods. A safe one needs none, but
  /// a token that it shows has to be right where it is looked at.
  enum class Csrf : std::uint8_t {
    kToken,  ///< a same-origin Origin and the session's token
    kLogin,  ///< there is no session yet, or its token is asked for: no foreign Origin
  };
  enum class Caller : std::uint8_t {
    kAnyone,          ///< X-Plugin-Id means nothing here
    kHostOnly,        ///< X-Plugin-Id is refused
    kPluginOptional,  ///< judged when it is there
    kPluginRequired,
  };
  enum class Rule : std::uint8_t { kNone, kApi, kSse };
  enum class Stamp : std::uint8_t {
    kNone,    ///< not looked at
    kAsSet,   ///< as the tenant's `stamps` says
    kAlways,  ///< whatever that says
  };

  bool session = true;
  bool operator_role = false;  ///< or the operator's bearer token
  Csrf csrf = Csrf::kToken;
  Caller caller = Caller::kPluginOptional;
  Rule rule = Rule::kApi;
  Stamp stamp = Stamp::kAsSet;
};

struct Target {
  Endpoint endpoint = Endpoint::kNothing;
  RouteKind kind = RouteKind::kNone;
  Needs needs;
  std::string_view parameter;        ///< the last segment of .../{id}, raw
  const RouteRule* route = nullptr;  ///< kRoute
  std::string allow;                 ///< kNothing, kOptions: for the Allow header; empty: 404
};

/// `path` is canonical and outlives the answer. Cost: the path's length.
[[nodiscard]] Target find_target(const Snapshot& snapshot, std::string_view tenant,
                                 std::string_view method, std::string_view path);

}  // namespace portcullis::bff
