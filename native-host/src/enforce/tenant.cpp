#include "config/host_name.hpp"
#include "enforce/stages.hpp"
#include "http/static_site.hpp"

namespace portcullis::bff::enforce {

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

/// Who typed this machine's own address is told which local hosts there are; of others nobody is
/// told a name.
std::string what_instead(const Request& request, const Grounds& grounds) {
  if (is_own_address(request.host_name)) {
    constexpr int kMost = 3;
    std::string all;
    int named = 0;
    for (const auto& [id, tenant] : grounds.snapshot.tenants) {
      if (!is_local_name(id) || named == kMost) continue;
      all.append(named++ == 0 ? "" : " or ");
      all.append(grounds.scheme == "https" ? "https://" : "http://");
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
Code tenant(const Request& request, const Grounds& grounds, Judgement& judgement) {
  if (request.host_name.empty()) return Code::kHostInvalid;
  judgement.tenant = grounds.snapshot.tenant_of(request.host_name);
  if (judgement.tenant == nullptr) {
    judgement.explain = what_instead(request, grounds);
    if (is_probe(judgement.path())) judgement.detail = kProbeDetail;
    return Code::kTenantUnknown;
  }
  if (judgement.path() == "*") {
    judgement.target.endpoint = Endpoint::kOptions;
    judgement.target.allow = kKnownMethods;
    judgement.target.needs = {.session = false,
                              .caller = Needs::Caller::kAnyone,
                              .rule = Needs::Rule::kNone,
                              .stamp = Needs::Stamp::kNone};
    return Code::kAllowed;
  }
  judgement.target =
      find_target(grounds.snapshot, judgement.tenant->id, request.method, judgement.path());
  // A call that is stamped is a plugin's call wherever it goes; the public files are no exception.
  Target& target = judgement.target;
  if (target.kind == RouteKind::kStatic && request.count("x-plugin-id") > 0) target.needs = {};
  return Code::kAllowed;
}

}  // namespace portcullis::bff::enforce
