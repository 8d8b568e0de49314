#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

Code quarantined(const Request&, const Grounds& grounds, Judgement& judgement) {
  if (judgement.plugin == nullptr) return Code::kAllowed;
  return grounds.quarantine.blocks(judgement.tenant->id, judgement.plugin->id(),
                                   judgement.plugin->version())
             ? Code::kPluginQuarantined
             : Code::kAllowed;
}

}  // namespace portcullis::bff::enforce
