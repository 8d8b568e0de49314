#include "enforce/stages.hpp"
#include "http/static_site.hpp"

namespace portcullis::bff::enforce {

Code served(const Request&, const Grounds&, Judgement& judgement) {
  if (judgement.target.endpoint != Endpoint::kNothing) return Code::kAllowed;
  if (!judgement.target.allow.empty()) return Code::kMethodNotAllowed;
  if (is_probe(judgement.path())) judgement.detail = kProbeDetail;
  return Code::kRouteNotFound;
}

}  // namespace portcullis::bff::enforce
