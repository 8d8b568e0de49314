#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

Code operator_role(const Request&, const Grounds&, Judgement& judgement) {
  if (!judgement.target.needs.operator_role || judgement.by_token) return Code::kAllowed;
  const bool is_operator = judgement.session && judgement.session->has_role("operator");
  return is_operator ? Code::kAllowed : Code::kOperatorRequired;
}

}  // namespace portcullis::bff::enforce
