// What a canonical path is, and what a caller of it needs: the wire's table, as data.
//
// It decides nothing about the caller. find_target() names what answers; judge() checks its needs.
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
  Purpose purpose = Purpose::kCall;  ///< what a calling plugin has to be admitted to
  Rule rule = Rule::kApi;
  Stamp stamp = Stamp::kAsSet;
};

/// One endpoint of the server itself: a row of the table in api/endpoint_table.cpp.
struct EndpointSpec {
  std::string_view method;  ///< GET answers HEAD, too
  std::string_view path;    ///< canonical; "/{id}" at the end is one more segment
  RouteKind kind = RouteKind::kNone;
  Needs needs;
};
using EndpointSpecs = std::span<const EndpointSpec>;

struct Target {
  enum class What : std::uint8_t {
    kEndpoint,  ///< of the server itself
    kRoute,     ///< routes.yaml: an upstream or a fixture
    kStatic,    ///< the single-page app
    kOptions,   ///< OPTIONS on something that exists: which methods it takes
    kNothing,   ///< 404, or 405 when `allow` says what would be taken
  };
  What what = What::kNothing;
  RouteKind kind = RouteKind::kNone;
  Needs needs;
  std::size_t endpoint = 0;          ///< kEndpoint: its row
  std::string_view parameter;        ///< the last segment of .../{id}, raw
  const RouteRule* route = nullptr;  ///< kRoute
  std::string allow;                 ///< kNothing, kOptions: for the Allow header; empty: 404

  [[nodiscard]] bool is_endpoint(RouteKind of) const noexcept {
    return what == What::kEndpoint && kind == of;
  }
};

/// `path` is canonical and outlives the answer. Cost: the path's length.
[[nodiscard]] Target find_target(const Snapshot& snapshot, EndpointSpecs endpoints,
                                 std::string_view tenant, std::string_view method,
                                 std::string_view path);

}  // namespace portcullis::bff
