// The embedded policy decision point: AuthZEN 1.0 in, AuthZEN 1.0 out, without sockets.
//
// It understands the Access Evaluation API (section 6) and the Access Evaluations API (section 7)
// of the OpenID AuthZEN Authorization API 1.0: defaults of the batch, overriding per evaluation,
// options.evaluations_semantic. Search is out of scope.
//
// A request that is malformed as a whole is answered with a status of 400 (413 when its text is too
// large to be read) and no decision; one evaluation of a batch that cannot be judged is `decision:
// false` with `context.error`, and the others are answered.
//
// Pure functions over an immutable PdpPolicy; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lab/policy.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// Of a request's text. More than clients may send (limits::kMaxJsonBodyBytes), by what
/// session_request() adds to each evaluation.
inline constexpr std::size_t kMaxPdpRequestBytes = 8 * 1024 * 1024;

/// What the host itself vouches for. On the PDP's own listener: leave it empty.
struct Asker {
  /// The tenant, normalised; empty: not known, then `context.tenant` of the request counts.
  std::string_view tenant;
  /// The session's roles; null: looked up in the policy's subjects by the subject's type and id.
  const std::vector<std::string>* roles = nullptr;
};

struct PdpAnswer {
  int status = 200;
  Code code = Code::kAllowed;   ///< why not 200
  std::string detail;           ///< a sentence for the error's body; empty when 200
  std::string body;             ///< when 200: `{"decision":...}` or `{"evaluations":[...]}`
  bool single = false;          ///< body is of the single form
  std::vector<bool> decisions;  ///< as in the body (truncated when short-circuited)
};

/// POST /access/v1/evaluation.
PdpAnswer evaluate(const PdpPolicy& policy, std::string_view body, const Asker& asker);

/// POST /access/v1/evaluations. Without `evaluations`, or with none in it, it is answered as a
/// single evaluation, as section 7.1 says (`single` is true then).
PdpAnswer evaluate_batch(const PdpPolicy& policy, std::string_view body, const Asker& asker);

/// GET /.well-known/authzen-configuration (section 9) for a PDP at `base_url` (no final '/').
std::string pdp_metadata(std::string_view base_url);

}  // namespace portcullis::bff
