#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

/// Known to this tenant. A plugin that only another tenant lists is as unknown as one that nobody
/// does, so that nobody learns what others use.
Code known(const Request&, const Grounds&, Judgement& judgement) {
  if (judgement.plugin_id.empty()) return Code::kAllowed;
  judgement.plugin = judgement.tenant->find(judgement.plugin_id);
  return judgement.plugin != nullptr ? Code::kAllowed : Code::kPluginUnknown;
}

}  // namespace portcullis::bff::enforce
