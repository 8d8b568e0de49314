#include "enforce/stages.hpp"
#include "http/cookies.hpp"

namespace portcullis::bff::enforce {

namespace {

/// The token of "Authorization: Bearer TOKEN" (RFC 6750, 2.1), or "".
std::string_view bearer_token(const Request& request) {
  const std::string_view value = request.single("authorization").value_or("");
  constexpr std::string_view kScheme = "bearer ";
  return iequals(value.substr(0, kScheme.size()), kScheme) ? value.substr(kScheme.size())
                                                           : std::string_view();
}

}  // namespace

Code session(const Request& request, const Grounds& grounds, Judgement& judgement) {
  // A script shows the operator's token in place of a session. No browser sends that by itself, so
  // it needs no proof against forged requests either. A wrong one is no reason to look further.
  if (judgement.target.needs.operator_role && request.count("authorization") > 0) {
    judgement.by_token = grounds.operator_token.matches(bearer_token(request));
    if (!judgement.by_token) judgement.detail = "the operator token is wrong, or switched off";
    return judgement.by_token ? Code::kAllowed : Code::kOperatorRequired;
  }
  if (const auto id = session_cookie(request)) {
    judgement.session = grounds.sessions.find(*id, judgement.tenant->id);
  }
  return judgement.session || !judgement.target.needs.session ? Code::kAllowed
                                                              : Code::kSessionRequired;
}

}  // namespace portcullis::bff::enforce
