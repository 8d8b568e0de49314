#include "enforce/stages.hpp"
#include "http/ascii.hpp"
#include "http/origin.hpp"
#include "state/random.hpp"

namespace portcullis::bff::enforce {

namespace {

bool same_origin(const Request& request, const Grounds& grounds) {
  const auto origin = request.single("origin");
  return origin && is_same_origin(*origin, request.host, grounds.scheme,
                                  grounds.snapshot.settings.security.insecure_origins);
}

/// Fetch Metadata: a browser that knows the request came from elsewhere says so. "none" is a person
/// at the address bar, who sends no unsafe request.
bool from_elsewhere(const Request& request) {
  const std::size_t count = request.count("sec-fetch-site");
  return count > 1 || (count == 1 && request.first("sec-fetch-site") != "same-origin");
}

/// Whether a safe call names the session that it was asked in and arrives in another: the person at
/// the browser signed in anew, or another one did, while the page that asks was open. What it asked
/// for is not that session's to give.
bool of_another_session(const Request& request, const Judgement& judgement) {
  const Needs& needs = judgement.target.needs;
  if (!needs.session || needs.csrf != Needs::Csrf::kToken || !judgement.session) return false;
  if (request.count("x-csrf-token") == 0) return false;
  const auto token = request.single("x-csrf-token");
  return !token || !equal_constant_time(*token, judgement.session->csrf_token);
}

/// What a client said, as far as it can be shown.
std::string shown(std::string_view value) {
  constexpr std::size_t kMost = 200;
  return is_visible_ascii(value) && value.size() <= kMost ? std::string(value) : "not an origin";
}

/// Why the origin is refused: both origins, and what would make them one.
std::string why_not(const Request& request, const Grounds& grounds) {
  const std::size_t count = request.count("origin");
  if (count == 0) return "an unsafe method needs the Origin header, which browsers send";
  if (count > 1) return "there is more than one Origin header";
  const std::string_view origin = request.first("origin");
  const bool local = is_local_host(request.host_name);
  const std::string scheme = !grounds.scheme.empty() ? std::string(grounds.scheme)
                             : local                 ? "http"
                                                     : "https";
  const std::string ours = scheme + "://" + std::string(request.host);
  const std::string both =
      "the request is from the origin " + shown(origin) + " and was sent to " + ours;
  if (is_same_origin(origin, request.host, origin.starts_with("https:") ? "https" : "http", true)) {
    return both +
           ". Where TLS ends at a proxy in front, name it in settings.yaml (`trusted_proxies`) and "
           "let it set X-Forwarded-Proto; `security.insecure_origins` believes http:// origins";
  }
  return both +
         ". A proxy in between has to keep the Host that the browser asked (Vite: give the target "
         "as an object with `changeOrigin: false`; nginx: `proxy_set_header Host $http_host`)";
}

}  // namespace

Code csrf(const Request& request, const Grounds& grounds, Judgement& judgement) {
  if (judgement.by_token) return Code::kAllowed;
  if (is_safe_method(request.method)) {
    return of_another_session(request, judgement) ? Code::kCsrfToken : Code::kAllowed;
  }
  if (judgement.target.needs.csrf == Needs::Csrf::kLogin) {
    // There is no session to ride on yet, but an attacker's could be planted: no foreign page may
    // log anybody in. Scripts send no Origin.
    const bool foreign = request.count("origin") > 0 && !same_origin(request, grounds);
    if (foreign) judgement.explain = why_not(request, grounds);
    return foreign || from_elsewhere(request) ? Code::kCsrfOrigin : Code::kAllowed;
  }
  if (!same_origin(request, grounds)) {
    judgement.explain = why_not(request, grounds);
    return Code::kCsrfOrigin;
  }
  if (from_elsewhere(request)) return Code::kCsrfOrigin;
  const auto token = request.single("x-csrf-token");
  if (!token || !judgement.session || !equal_constant_time(*token, judgement.session->csrf_token)) {
    return Code::kCsrfToken;
  }
  return Code::kAllowed;
}

}  // namespace portcullis::bff::enforce
