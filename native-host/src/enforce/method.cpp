#include "enforce/stages.hpp"
#include "portcullis/allow_list.hpp"

namespace portcullis::bff::enforce {

/// CONNECT and TRACE among what is not known: a gateway is no tunnel and no mirror. Says the same
/// wherever it is asked, so that nobody learns from it what is there.
Code method(const Request& request, const Grounds&, Judgement& judgement) {
  if (request.method == "OPTIONS" || parse_method(request.method)) return Code::kAllowed;
  judgement.target.allow = kKnownMethods;
  return Code::kMethodNotAllowed;
}

}  // namespace portcullis::bff::enforce
