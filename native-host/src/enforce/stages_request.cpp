// Stages about the request: canonical target, tenant, service workers, method, upgrade.
#include "base/host_name.hpp"
#include "enforce/stages.hpp"
#include "http/static_site.hpp"
#include "portcullis/allow_list.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/decision.hpp"

namespace portcullis::bff::enforce {

Code canonical(const Request& request, const JudgeInputs&, Judgement& judgement) {
  // RFC 9112, section 3.2.4: the one target that is not a path; it asks about the server as a
  // whole.
  if (request.target == "*" && request.method == "OPTIONS") {
    judgement.canonical = "*";
    judgement.path_size = 1;
    return Code::kAllowed;
  }
  CanonicalPath path;
  std::size_t offset = 0;
  const Code code = canonicalize(request.target, path, &offset);
  if (code != Code::kAllowed) {
    judgement.explain = explain_rejection(request.method, request.target, code, offset);
    return code;
  }
  judgement.canonical = path.target();
  judgement.path_size = static_cast<std::uint32_t>(path.path().size());
  return Code::kAllowed;
}

namespace {

/// The port of the Host with its colon (":8080"), or "".
std::string_view port_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool has = colon != authority.npos && authority.find(']', colon) == authority.npos;
  return has ? authority.substr(colon) : std::string_view();
}

bool is_own_address(std::string_view host) {
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return host == "0.0.0.0" || host == "::" || is_loopback(std::string(host));
}

/// Names local hosts only to requests for this machine's own address.
std::string what_instead(const Request& request, const JudgeInputs& inputs) {
  if (is_own_address(request.host_name)) {
    constexpr int kMost = 3;
    std::string all;
    int named = 0;
    for (const auto& [id, tenant] : inputs.snapshot.tenants) {
      if (!is_local_name(id) || named == kMost) continue;
      all.append(named++ == 0 ? "" : " or ");
      all.append(inputs.scheme == "https" ? "https://" : "http://");
      all.append(id).append(port_of(request.host)).append("/");
    }
    if (named > 0) return "The host name selects the tenant: use " + all + " instead.";
  }
  return "The host name selects the tenant, and this one is unknown: an operator can list it under "
         "tenants.HOST.aliases in settings.yaml, and a proxy in front must preserve Host.";
}

}  // namespace

/// Only Host selects the tenant. X-Forwarded-Host does not: a client-supplied field must not choose
/// whose plugins, sessions and rules apply.
Code tenant(const Request& request, const JudgeInputs& inputs, Judgement& judgement) {
  if (request.host_name.empty()) return Code::kHostInvalid;
  judgement.tenant = inputs.snapshot.tenant_of(request.host_name);
  if (judgement.tenant == nullptr) {
    judgement.explain = what_instead(request, inputs);
    if (is_probe(judgement.path())) judgement.detail = kProbeDetail;
    return Code::kTenantUnknown;
  }
  if (judgement.path() == "*") {
    judgement.target.what = Target::What::kOptions;
    judgement.target.allow = kKnownMethods;
    judgement.target.needs = {.session = false,
                              .caller = Needs::Caller::kAnyone,
                              .rule = Needs::Rule::kNone,
                              .stamp = Needs::Stamp::kNone};
    return Code::kAllowed;
  }
  judgement.target = find_target(inputs.snapshot, inputs.endpoints, judgement.tenant->id,
                                 request.method, judgement.path());
  // A request with a plugin id is judged as the plugin's call, public files included.
  Target& target = judgement.target;
  if (target.kind == RouteKind::kStatic && request.count("x-plugin-id") > 0) target.needs = {};
  return Code::kAllowed;
}

/// A service worker could see and answer every request of this origin's pages, so nothing is served
/// as one: no bundle, site file or upstream answer. Browsers set both fields themselves (Fetch
/// Metadata; Service Workers, section 4.4); scripts cannot omit them.
Code service_worker(const Request& request, const JudgeInputs&, Judgement& judgement) {
  bool asked = request.count("service-worker") > 0;
  for (const HeaderField& field : request.fields) {
    asked =
        asked || (iequals(field.name, "sec-fetch-dest") && iequals(field.value, "serviceworker"));
  }
  if (!asked) return Code::kAllowed;
  return judgement.target.is_endpoint(RouteKind::kBundle) ? Code::kBundleServiceWorker
                                                          : Code::kServiceWorkerRefused;
}

/// CONNECT and TRACE are known but refused (RFC 9110, section 9.1: 405); unknown methods are 501.
/// The answer is the same for every path, so it reveals nothing about what exists.
Code method(const Request& request, const JudgeInputs&, Judgement& judgement) {
  if (request.method == "OPTIONS" || parse_method(request.method)) return Code::kAllowed;
  judgement.target.allow = kKnownMethods;
  const bool known = request.method == "CONNECT" || request.method == "TRACE";
  return known ? Code::kMethodNotAllowed : Code::kMethodUnknown;
}

namespace {

/// Detects a browser's handshake (RFC 6455, section 4.1). A proxy that does not pass on Upgrade
/// keeps the Sec-WebSocket fields, which nothing else sends. HTTP/1.0 has no Upgrade (RFC 9110,
/// section 7.8).
bool is_websocket(const Request& request) {
  if (request.count("sec-websocket-key") > 0) return true;
  if (request.version < 11) return false;
  bool named = false;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "upgrade")) continue;
    each_list_element(field.value, [&](std::string_view protocol) {
      named = named || iequals(protocol.substr(0, protocol.find('/')), "websocket");
    });
  }
  return named;
}

}  // namespace

/// Other upgrades (h2c, TLS) are ignored, as in RFC 9110, section 7.8. A WebSocket that got an
/// ordinary answer would fail without a reason. The answer is the same for every path.
Code upgrade(const Request& request, const JudgeInputs&, Judgement& judgement) {
  if (!is_websocket(request)) return Code::kAllowed;
  judgement.detail =
      "WebSocket is not supported: subscribe to an event stream (kind: sse) and send with POST; "
      "docs/configuration.md says more under routes.yaml";
  return Code::kUpgradeUnsupported;
}

}  // namespace portcullis::bff::enforce
