#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

/// Only Host names a tenant. X-Forwarded-Host does not: what a client may add must not choose whose
/// plugins, sessions and rules count.
Code tenant(const Request& request, const Grounds& grounds, Judgement& judgement) {
  if (request.host_name.empty()) return Code::kHostInvalid;
  judgement.tenant = grounds.snapshot.tenant_of(request.host_name);
  if (judgement.tenant == nullptr) return Code::kTenantUnknown;
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
