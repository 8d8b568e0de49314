// Stages about permission: admission, the plugin's rules, existence of the route.
#include "enforce/admission.hpp"
#include "enforce/stages.hpp"
#include "http/static_site.hpp"

namespace portcullis::bff::enforce {

/// A plugin that only another tenant lists is as unknown as one that does not exist, so that
/// tenants cannot learn what others use.
Code admitted(const Request&, const JudgeInputs& inputs, Facts&, Judgement& judgement) {
  if (judgement.plugin_id.empty()) return Code::kAllowed;
  judgement.plugin = judgement.tenant->find(judgement.plugin_id);
  return bff::admitted(*judgement.tenant, judgement.plugin, inputs.quarantine,
                       judgement.target.needs.purpose);
}

Code rule(const Request& request, const JudgeInputs&, Facts&, Judgement& judgement) {
  const Needs::Rule kind = judgement.target.needs.rule;
  if (judgement.plugin == nullptr || kind == Needs::Rule::kNone) return Code::kAllowed;
  const PluginPolicy& policy = judgement.plugin->policy;
  if (kind == Needs::Rule::kSse) {
    if (policy.sse().find(judgement.path()) >= 0) return Code::kAllowed;
    judgement.explain = policy.decide_topic(judgement.canonical).explain;
    return Code::kTopicNotAllowed;
  }
  const auto method = parse_method(request.method);
  if (method && policy.api().find(*method, judgement.path()) >= 0) return Code::kAllowed;
  judgement.explain = policy.decide(request.method, judgement.canonical).explain;
  return Code::kAllowlistViolation;
}

Code route_exists(const Request&, const JudgeInputs&, Facts&, Judgement& judgement) {
  if (judgement.target.what != Target::What::kNothing) return Code::kAllowed;
  if (!judgement.target.allow.empty()) return Code::kMethodNotAllowed;
  if (is_probe(judgement.path())) judgement.detail = kProbeDetail;
  return Code::kRouteNotFound;
}

}  // namespace portcullis::bff::enforce
