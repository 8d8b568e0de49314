#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

Code rule(const Request& request, const Grounds&, Judgement& judgement) {
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

}  // namespace portcullis::bff::enforce
