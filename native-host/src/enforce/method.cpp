#include "enforce/stages.hpp"
#include "portcullis/allow_list.hpp"

namespace portcullis::bff::enforce {

/// CONNECT and TRACE are known and never taken (RFC 9110, 9.1: 405): a gateway is no tunnel and no
/// mirror. What is not known is 501. Says the same wherever it is asked, so that nobody learns from
/// it what is there.
Code method(const Request& request, const Grounds&, Judgement& judgement) {
  if (request.method == "OPTIONS" || parse_method(request.method)) return Code::kAllowed;
  judgement.target.allow = kKnownMethods;
  const bool known = request.method == "CONNECT" || request.method == "TRACE";
  return known ? Code::kMethodNotAllowed : Code::kMethodUnknown;
}

}  // namespace portcullis::bff::enforce
