#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

Code served(const Request&, const Grounds&, Judgement& judgement) {
  if (judgement.target.endpoint != Endpoint::kNothing) return Code::kAllowed;
  return judgement.target.allow.empty() ? Code::kRouteNotFound : Code::kMethodNotAllowed;
}

}  // namespace portcullis::bff::enforce
