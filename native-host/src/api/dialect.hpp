// The wire format of decisions, and how a page's request becomes a session's request to the PDP.
//
// The PDP speaks AuthZEN 1.0 (`{"decision":true}`); the seeds' pages read `{"decision":"Permit"}`.
// Single answers follow settings.authzen.dialect; batches carry both.
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

/// Maximum bytes of a User-Agent passed to a PDP.
inline constexpr std::size_t kMaxUserAgentBytes = 512;

/// The session and connection a request is made for.
struct SessionContext {
  std::string subject_id;  ///< "auth:account:{provider}:{user}"; the type is "account"
  std::string tenant;
  std::string client_ip;
  std::string user_agent;
};

/// A request for the PDP, or why there is none.
struct SessionRequest {
  Code code = Code::kAllowed;
  std::string detail;           ///< why not, in one sentence
  std::string body;             ///< the body for the PDP
  std::size_t evaluations = 0;  ///< expected answers; 1 for the single form
  bool single = false;          ///< use the PDP's single endpoint
};

/// Rewrites the body of POST /access/v1/evaluation(s): each subject, at the top level and in
/// evaluations, becomes the session's; in the top-level context and each evaluation's own, `client`
/// becomes {ip, user_agent} and `tenant` the session's tenant. The rest is unchanged. The subject
/// may be omitted. Errors: kJsonSyntax, kJsonTooDeep, kJsonTooManyKeys, kJsonDuplicateKey,
/// kJsonTooLarge, kJsonWrongShape.
SessionRequest session_request(std::string_view body, bool batch, const SessionContext& session);

}  // namespace portcullis::bff
