// What a canonical path refers to, and what a caller of it needs. find_target() finds it; judge()
// checks the needs. Decides nothing about the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "domain/config.hpp"
#include "domain/route_kind.hpp"
#include "portcullis/admission.hpp"

namespace portcullis::bff {

/// Requirements on a caller.
struct Needs {
  /// Protection against forged requests for unsafe methods. Safe methods need none, but if they
  /// send a token it must be valid.
  enum class Csrf : std::uint8_t {
    kToken,  ///< a same-origin Origin and the session's token
    kLogin,  ///< no session yet, or its token is requested: no foreign Origin
  };
  /// The role of X-Plugin-Id.
  enum class Caller : std::uint8_t {
    kAnyone,          ///< X-Plugin-Id is ignored
    kHostOnly,        ///< X-Plugin-Id is rejected
    kPluginOptional,  ///< checked if present
    kPluginRequired,
  };
  /// Which rules of the plugin must allow the call.
  enum class Rule : std::uint8_t { kNone, kApi, kSse };
  /// Whether a stamp is required.
  enum class Stamp : std::uint8_t {
    kNone,    ///< not checked
    kAsSet,   ///< according to the tenant's `stamps`
    kAlways,  ///< regardless of the tenant's setting
  };

  bool session = true;
  bool operator_role = false;  ///< or the operator's bearer token
  Csrf csrf = Csrf::kToken;
  Caller caller = Caller::kPluginOptional;
  Purpose purpose = Purpose::kCall;  ///< the purpose a calling plugin must be admitted to
  Rule rule = Rule::kApi;
  Stamp stamp = Stamp::kAsSet;
};

/// One endpoint of the server itself: a row of the table in api/endpoint_table.cpp.
struct EndpointSpec {
  std::string_view method;  ///< GET also answers HEAD
  std::string_view path;    ///< canonical; "/{id}" at the end matches one more segment
  RouteKind kind = RouteKind::kNone;
  Needs needs;
};
using EndpointSpecs = std::span<const EndpointSpec>;

/// The result of find_target().
struct Target {
  enum class What : std::uint8_t {
    kEndpoint,  ///< an endpoint of the server
    kRoute,     ///< from routes.yaml: an upstream or a fixture
    kStatic,    ///< the single-page app
    kOptions,   ///< OPTIONS on an existing path: lists its methods
    kNothing,   ///< 404, or 405 if `allow` is set
  };
  What what = What::kNothing;
  RouteKind kind = RouteKind::kNone;
  Needs needs;
  std::size_t endpoint = 0;          ///< kEndpoint: row of the table
  std::string_view parameter;        ///< the last segment of .../{id}, raw
  const RouteRule* route = nullptr;  ///< kRoute
  std::string allow;                 ///< kNothing, kOptions: value of the Allow header; empty: 404

  /// Whether it is an endpoint of this kind.
  [[nodiscard]] bool is_endpoint(RouteKind of) const noexcept {
    return what == What::kEndpoint && kind == of;
  }
};

/// Finds the target. `path` is canonical and must outlive the result. O(path length).
[[nodiscard]] Target find_target(const Snapshot& snapshot, EndpointSpecs endpoints,
                                 std::string_view tenant, std::string_view method,
                                 std::string_view path);

}  // namespace portcullis::bff
