#include "http/cookies.hpp"

namespace portcullis::bff {

std::optional<std::string_view> session_cookie(const Request& request) {
  std::optional<std::string_view> found;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      const std::string_view pair = trim_ows(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      const std::size_t equals = pair.find('=');
      // Cookie names are case-sensitive.
      if (equals == std::string_view::npos || pair.substr(0, equals) != kSessionCookie) continue;
      const std::string_view value = pair.substr(equals + 1);
      if (value.empty() || (found && *found != value)) return std::nullopt;
      found = value;
    }
  }
  return found;
}

namespace {
constexpr std::string_view kAttributes = "; Path=/; HttpOnly; Secure; SameSite=Lax";
}

std::string set_session_cookie(std::string_view value) {
  return std::string(kSessionCookie).append("=").append(value).append(kAttributes);
}

std::string clear_session_cookie() {
  return std::string(kSessionCookie).append("=").append(kAttributes).append("; Max-Age=0");
}

}  // namespace portcullis::bff
