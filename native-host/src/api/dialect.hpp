// How decisions are worded on the wire, and how a session's request is made out of a page's.
//
// The PDP speaks AuthZEN 1.0 (`{"decision":true}`); the seeds' pages read `{"decision":"Permit"}`.
// The single form follows settings.authzen.dialect; the batch carries both.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"

namespace portcullis::bff {

enum class AuthzenDialect;  // config.hpp

/// {"decision":true} or {"decision":"Permit"}.
std::string write_single(bool decision, AuthzenDialect dialect);

/// {"evaluations":[{"decision":true}],"decisions":[{"decision":"Permit"}]}.
std::string write_batch(const std::vector<bool>& decisions);

/// Bytes of a User-Agent that a PDP is told.
inline constexpr std::size_t kMaxUserAgentBytes = 512;

/// Whose request it is. All of it comes from the session and the connection.
struct SessionContext {
  std::string subject_id;  ///< "auth:account:{provider}:{user}"; the type is "account"
  std::string tenant;
  std::string client_ip;
  std::string user_agent;
};

struct SessionRequest {
  Code code = Code::kAllowed;
  std::string detail;           ///< why not, in a sentence
  std::string body;             ///< what is asked of the PDP
  std::size_t evaluations = 0;  ///< how many answers are due; 1 for a single form
  bool single = false;          ///< the PDP is to be asked in the single form
};

/// Rewrites the body of POST /access/v1/evaluation(s): every subject, at the top and in each
/// evaluation, becomes the session's; `context.client` becomes {ip, user_agent} and
/// `context.tenant` the session's tenant, at the top and wherever an evaluation has a context of
/// its own. Everything else stays as it is. A page may leave the subject out.
/// kJsonSyntax, kJsonTooDeep, kJsonTooManyKeys, kJsonDuplicateKey, kJsonTooLarge, kJsonWrongShape
/// otherwise.
SessionRequest session_request(std::string_view body, bool batch, const SessionContext& session);

}  // namespace portcullis::bff
