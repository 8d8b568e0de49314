#include "domain/sessions.hpp"

#include <algorithm>

namespace portcullis::bff {

bool Session::has_role(std::string_view role) const noexcept {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

std::string_view name(SessionEnd why) noexcept {
  switch (why) {
    case SessionEnd::kLogout:
      return "logout";
    case SessionEnd::kExpired:
      return "expired";
    case SessionEnd::kRevoked:
      return "revoked";
    case SessionEnd::kReplaced:
      return "replaced";
  }
  return "unknown";
}

}  // namespace portcullis::bff
