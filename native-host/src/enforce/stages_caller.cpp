// Stages about the caller: session, forged requests, plugin identity, stamp, operator role.
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/query.hpp"
#include "enforce/admission.hpp"
#include "enforce/stages.hpp"
#include "http/origin.hpp"
#include "portcullis/manifest.hpp"
#include "portcullis/stamp.hpp"

namespace portcullis::bff::enforce {

std::string_view bearer_token(const Request& request) {
  const std::string_view value = request.single("authorization").value_or("");
  constexpr std::string_view kScheme = "bearer ";
  return iequals(value.substr(0, kScheme.size()), kScheme) ? value.substr(kScheme.size())
                                                           : std::string_view();
}

Code session(const Request&, const JudgeInputs&, Facts& facts, Judgement& judgement) {
  // Scripts send the operator's token instead of a session. Browsers never send it on their own, so
  // it needs no CSRF protection.
  if (facts.operator_claimed) {
    judgement.by_token = facts.operator_token;
    if (!judgement.by_token) judgement.detail = "the operator token is wrong or disabled";
    return judgement.by_token ? Code::kAllowed : Code::kOperatorRequired;
  }
  judgement.session = facts.session;
  return judgement.session || !judgement.target.needs.session ? Code::kAllowed
                                                              : Code::kSessionRequired;
}

namespace {

bool same_origin(const Request& request, const JudgeInputs& inputs) {
  const auto origin = request.single("origin");
  return origin && is_same_origin(*origin, request.host, inputs.scheme,
                                  inputs.snapshot.settings.security.insecure_origins);
}

/// Whether Fetch Metadata says that the request comes from another site. "none" is navigation by
/// the user, which never sends unsafe requests.
bool from_elsewhere(const Request& request) {
  const std::size_t count = request.count("sec-fetch-site");
  return count > 1 || (count == 1 && request.first("sec-fetch-site") != "same-origin");
}

/// Whether a safe call names a session other than the one it arrives in: somebody signed in again
/// in this browser while the calling page was open. The requested data does not belong to the new
/// session.
bool of_another_session(const Request& request, const Judgement& judgement) {
  const Needs& needs = judgement.target.needs;
  if (!needs.session || needs.csrf != Needs::Csrf::kToken || !judgement.session) return false;
  if (request.count("x-csrf-token") == 0) return false;
  const auto token = request.single("x-csrf-token");
  return !token || !equal_constant_time(*token, judgement.session->csrf_token);
}

/// A client's value, in displayable form.
std::string shown(std::string_view value) {
  constexpr std::size_t kMost = 200;
  return is_visible_ascii(value) && value.size() <= kMost ? std::string(value) : "not an origin";
}

/// Explains why the origin is refused: names both origins and how to make them match.
std::string why_not(const Request& request, const JudgeInputs& inputs) {
  const std::size_t count = request.count("origin");
  if (count == 0) return "an unsafe method needs the Origin header, which browsers send";
  if (count > 1) return "there is more than one Origin header";
  const std::string_view origin = request.first("origin");
  const bool local = is_local_host(request.host_name);
  const std::string scheme = !inputs.scheme.empty() ? std::string(inputs.scheme)
                             : local                ? "http"
                                                    : "https";
  const std::string ours = scheme + "://" + std::string(request.host);
  const std::string both =
      "the request is from the origin " + shown(origin) + " and was sent to " + ours;
  if (is_same_origin(origin, request.host, origin.starts_with("https:") ? "https" : "http", true)) {
    return both +
           ". If a proxy in front terminates TLS, list it in settings.yaml (`trusted_proxies`) and "
           "let it set X-Forwarded-Proto; `security.insecure_origins` accepts http:// origins";
  }
  return both +
         ". A proxy in between must preserve the browser's Host (Vite: give the target "
         "as an object with `changeOrigin: false`; nginx: `proxy_set_header Host $http_host`)";
}

}  // namespace

Code csrf(const Request& request, const JudgeInputs& inputs, Facts&, Judgement& judgement) {
  if (judgement.by_token) return Code::kAllowed;
  if (is_safe_method(request.method)) {
    return of_another_session(request, judgement) ? Code::kCsrfToken : Code::kAllowed;
  }
  if (judgement.target.needs.csrf == Needs::Csrf::kLogin) {
    // There is no session to abuse yet, but an attacker could log the user in to an account of
    // theirs: foreign pages may not log in. Scripts send no Origin.
    const bool foreign = request.count("origin") > 0 && !same_origin(request, inputs);
    if (foreign) judgement.explain = why_not(request, inputs);
    return foreign || from_elsewhere(request) ? Code::kCsrfOrigin : Code::kAllowed;
  }
  if (!same_origin(request, inputs)) {
    judgement.explain = why_not(request, inputs);
    return Code::kCsrfOrigin;
  }
  if (from_elsewhere(request)) return Code::kCsrfOrigin;
  const auto token = request.single("x-csrf-token");
  if (!token || !judgement.session || !equal_constant_time(*token, judgement.session->csrf_token)) {
    return Code::kCsrfToken;
  }
  return Code::kAllowed;
}

std::string_view named_plugin(const Request& request, const Needs& needs) {
  if (needs.caller < Needs::Caller::kPluginOptional) return {};
  // A duplicate or malformed header counts as missing: it does not say which plugin calls.
  const auto id = request.single("x-plugin-id");
  return id && is_plugin_id(*id) ? *id : std::string_view();
}

Code plugin_identity(const Request& request, const JudgeInputs&, Facts& facts,
                     Judgement& judgement) {
  using Caller = Needs::Caller;
  const Caller caller = judgement.target.needs.caller;
  if (caller == Caller::kAnyone) return Code::kAllowed;
  const bool named = request.count("x-plugin-id") > 0;
  if (caller == Caller::kHostOnly) return named ? Code::kPluginIdentityRefused : Code::kAllowed;
  if (named || caller == Caller::kPluginRequired) {
    if (facts.plugin_id.empty()) return Code::kPluginIdRequired;
    judgement.plugin_id = std::move(facts.plugin_id);
  }
  return Code::kAllowed;
}

namespace {

/// Whether the browser itself requests a bundle (`modulepreload`, `import()`) and so cannot send a
/// stamp. The session and the hash in the URL protect the request: it returns the published bytes
/// or nothing, and the session may list the URL anyway. Without `v` it is an ordinary call.
bool is_addressed_by_hash(const Judgement& judgement) {
  return judgement.target.is_endpoint(RouteKind::kBundle) && judgement.has_query() &&
         Query(judgement.query()).count("v") > 0;
}

std::string_view sentence(StampFault fault) {
  switch (fault) {
    case StampFault::kNone:
      break;
    case StampFault::kUnknownKey:
      return "this session has no such page key; reload the page to get one";
    case StampFault::kWrongMac:
      return "the stamp does not match this call or page key";
    case StampFault::kAsleep:
      return "the page of this key is suspended";
    case StampFault::kPluginEnded:
      return "the plugin was quarantined after this page key was made; the page needs a new one";
    case StampFault::kReplayed:
      return "the stamp's counter was already used or is too old";
  }
  return {};
}

}  // namespace

Code refuse_stamp(Judgement& judgement, StampFault fault) {
  judgement.detail = sentence(fault);
  return fault == StampFault::kReplayed ? Code::kStampReplayed : Code::kStampInvalid;
}

namespace {

/// Whether a quarantine explains the invalid stamps; it then determines the refusal's code.
bool is_quarantined(const JudgeInputs& inputs, const Judgement& judgement) {
  const Tenant& tenant = *judgement.tenant;
  return admitted(tenant, tenant.find(judgement.plugin_id), inputs.quarantine, Purpose::kCall) ==
         Code::kPluginQuarantined;
}

/// Whether a stamp that was sent is verified. Browsers never send an operator's token on their own,
/// and pages do not have it, so such a call needs no stamp.
bool stamp_counts(const Judgement& judgement, bool by_token) {
  using Need = Needs::Stamp;
  const Need need = judgement.target.needs.stamp;
  if (need == Need::kNone || by_token || is_addressed_by_hash(judgement)) return false;
  return judgement.tenant->stamps != Stamps::kOff || need == Need::kAlways;
}

}  // namespace

std::optional<Stamp> shown_stamp(const Request& request, const Judgement& judgement,
                                 const Facts& facts) {
  if (!facts.session || !stamp_counts(judgement, facts.operator_claimed)) return std::nullopt;
  // A duplicate or malformed stamp is invalid; never pick the first one.
  const auto value = request.single("x-plugin-stamp");
  Stamp stamp;
  if (!value || parse_stamp(*value, stamp) != Code::kAllowed) return std::nullopt;
  return stamp;
}

Code stamp(const Request& request, const JudgeInputs& inputs, Facts& facts, Judgement& judgement) {
  if (!stamp_counts(judgement, judgement.by_token)) return Code::kAllowed;
  if (request.count("x-plugin-stamp") == 0) {
    const bool required = judgement.tenant->stamps == Stamps::kRequired ||
                          judgement.target.needs.stamp == Needs::Stamp::kAlways;
    return required ? Code::kStampRequired : Code::kAllowed;
  }
  if (!facts.shown) return refuse_stamp(judgement, StampFault::kWrongMac);
  const StampFault fault = facts.stamp.fault;
  if (fault == StampFault::kPluginEnded && is_quarantined(inputs, judgement)) {
    return Code::kPluginQuarantined;
  }
  if (fault != StampFault::kNone) return refuse_stamp(judgement, fault);
  judgement.stamped = true;
  return Code::kAllowed;
}

Code operator_role(const Request&, const JudgeInputs&, Facts&, Judgement& judgement) {
  if (!judgement.target.needs.operator_role || judgement.by_token) return Code::kAllowed;
  const bool is_operator = judgement.session && judgement.session->has_role("operator");
  return is_operator ? Code::kAllowed : Code::kOperatorRequired;
}

}  // namespace portcullis::bff::enforce
