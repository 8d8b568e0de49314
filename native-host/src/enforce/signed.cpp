#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

/// Where the tenant requires signatures: by keys that it trusts, now.
Code signed_by_operator(const Request&, const Grounds&, Judgement& judgement) {
  return judgement.plugin == nullptr ? Code::kAllowed : judgement.plugin->refusal();
}

}  // namespace portcullis::bff::enforce
