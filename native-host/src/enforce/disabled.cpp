#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

Code disabled(const Request&, const Grounds&, Judgement& judgement) {
  return judgement.plugin == nullptr || judgement.plugin->enabled ? Code::kAllowed
                                                                  : Code::kPluginDisabled;
}

}  // namespace portcullis::bff::enforce
