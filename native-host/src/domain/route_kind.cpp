#include "domain/route_kind.hpp"

namespace portcullis::bff {

std::string_view name(RouteKind kind) noexcept {
  switch (kind) {
    case RouteKind::kApi:
      return "api";
    case RouteKind::kSse:
      return "sse";
    case RouteKind::kManifests:
      return "manifests";
    case RouteKind::kBundle:
      return "bundle";
    case RouteKind::kOperator:
      return "operator";
    case RouteKind::kPlugin:
      return "plugin";
    case RouteKind::kEvents:
      return "events";
    case RouteKind::kAccess:
      return "access";
    case RouteKind::kConfigs:
      return "configs";
    case RouteKind::kAuth:
      return "auth";
    case RouteKind::kStatic:
      return "static";
    case RouteKind::kNone:
      return "none";
  }
  return "none";
}

}  // namespace portcullis::bff
