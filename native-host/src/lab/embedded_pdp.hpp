// The embedded policy decision point: AuthZEN 1.0 without sockets.
//
// Implements the Access Evaluation API (section 6) and the Access Evaluations API (section 7) of
// the OpenID AuthZEN Authorization API 1.0: batch defaults with overrides per evaluation, and
// options.evaluations_semantic. Search is out of scope.
//
// A malformed request gets status 400 (413 if its text is too large) and no decision. An invalid
// evaluation in a batch gets `decision: false` with `context.error`; the others are answered.
//
// Pure functions of an immutable PdpPolicy; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lab/policy.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// Largest request text in bytes. Larger than limits::kMaxJsonBodyBytes, because session_request()
/// adds to each evaluation.
inline constexpr std::size_t kMaxPdpRequestBytes = 8 * 1024 * 1024;

/// What the host knows about the caller. Empty on the PDP's own listener.
struct Asker {
  /// The normalised tenant; empty: unknown, then `context.tenant` of the request applies.
  std::string_view tenant;
  /// The session's roles; null: taken from the policy's subjects by type and id.
  const std::vector<std::string>* roles = nullptr;
};

/// The answer to a request.
struct PdpAnswer {
  int status = 200;
  Code code = Code::kAllowed;   ///< the reason if status is not 200
  std::string detail;           ///< a sentence for the error body; empty for 200
  std::string body;             ///< for 200: `{"decision":...}` or `{"evaluations":[...]}`
  bool single = false;          ///< the body has the single form
  std::vector<bool> decisions;  ///< as in the body (truncated if short-circuited)
};

/// POST /access/v1/evaluation.
PdpAnswer evaluate(const PdpPolicy& policy, std::string_view body, const Asker& asker);

/// POST /access/v1/evaluations. Without evaluations it is answered as a single evaluation (section
/// 7.1; `single` is then true).
PdpAnswer evaluate_batch(const PdpPolicy& policy, std::string_view body, const Asker& asker);

/// GET /.well-known/authzen-configuration (section 9) for a PDP at `base_url` (without trailing
/// '/').
std::string pdp_metadata(std::string_view base_url);

}  // namespace portcullis::bff
