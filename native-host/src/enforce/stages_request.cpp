// What is asked: the one form of its target, whose host it is, what answers it, and what nobody may
// ask.
#include "base/host_name.hpp"
#include "enforce/stages.hpp"
#include "http/static_site.hpp"
#include "portcullis/allow_list.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/decision.hpp"

namespace portcullis::bff::enforce {

Code canonical(const Request& request, const JudgeInputs&, Judgement& judgement) {
  // RFC 9112, 3.2.4: the one target that is no path. It asks about the server as a whole.
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

/// ":8080" of the Host, or "".
std::string_view port_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool has = colon != authority.npos && authority.find(']', colon) == authority.npos;
  return has ? authority.substr(colon) : std::string_view();
}

bool is_own_address(std::string_view host) {
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return host == "0.0.0.0" || host == "::" || is_loopback(std::string(host));
}

/// A request to this machine's own address is told which local hosts there are; any other is told
/// no names.
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
    if (named > 0) return "The host says which tenant is meant: use " + all + " instead.";
  }
  return "The host says which tenant is meant, and this one is none: the operator can list it "
         "under tenants.HOST.aliases in settings.yaml, and a proxy in front has to pass Host on.";
}

}  // namespace

/// Only Host names a tenant. X-Forwarded-Host does not: what a client may add must not choose whose
/// plugins, sessions and rules count.
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
  // A call that is stamped is a plugin's call wherever it goes; the public files are no exception.
  Target& target = judgement.target;
  if (target.kind == RouteKind::kStatic && request.count("x-plugin-id") > 0) target.needs = {};
  return Code::kAllowed;
}

/// A service worker would see, and could answer, every request of this origin's pages: nothing is
/// served as one, neither a bundle nor a file of the site nor an upstream's answer. Browsers set
/// both fields themselves (Fetch Metadata; Service Workers, 4.4), and no script can leave them out.
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

/// CONNECT and TRACE are known and never taken (RFC 9110, 9.1: 405): a gateway is no tunnel and no
/// mirror. What is not known is 501. Says the same wherever it is asked, so that nobody learns from
/// it what is there.
Code method(const Request& request, const JudgeInputs&, Judgement& judgement) {
  if (request.method == "OPTIONS" || parse_method(request.method)) return Code::kAllowed;
  judgement.target.allow = kKnownMethods;
  const bool known = request.method == "CONNECT" || request.method == "TRACE";
  return known ? Code::kMethodNotAllowed : Code::kMethodUnknown;
}

namespace {

/// A browser's handshake (RFC 6455, 4.1). A proxy in front that was not told to pass Upgrade on
/// leaves the Sec-WebSocket fields, which nothing else sends. HTTP/1.0 knows no Upgrade (RFC 9110,
/// 7.8).
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

/// Another Upgrade (h2c, TLS) is left unheeded, as RFC 9110, 7.8 wants it. A WebSocket that got an
/// ordinary answer would fail without a word. Says the same on every path.
Code upgrade(const Request& request, const JudgeInputs&, Judgement& judgement) {
  if (!is_websocket(request)) return Code::kAllowed;
  judgement.detail =
      "WebSocket is not supported: subscribe to an event stream (kind: sse) and send with POST; "
      "docs/configuration.md says more under routes.yaml";
  return Code::kUpgradeUnsupported;
}

}  // namespace portcullis::bff::enforce
