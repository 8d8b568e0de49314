// Asks a policy decision point over HTTP, as in AuthZEN 1.0: POST JSON to
// {pdp}/access/v1/evaluation or {pdp}/access/v1/evaluations.
//
// Does not interpret the reply: its body goes to the core (apply_reply), which denies whatever it
// does not understand. A PDP that is slow, unreachable or invalid is never a permit: PDP_TIMEOUT or
// PDP_UNAVAILABLE. Evaluations have no side effects, so a request on a stale pooled connection is
// repeated once.
#pragma once

#include <string>

#include "portcullis/codes.hpp"
#include "upstream/http_client.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

class Metrics;

/// The endpoint to call.
enum class PdpCall : std::uint8_t { kEvaluation, kEvaluations };

/// The PDP's reply.
struct PdpReply {
  Code code = Code::kPdpUnavailable;  ///< ALLOWED: a 200 with a body arrived (not: permitted)
  unsigned status = 0;                ///< the PDP's HTTP status; 0 without an answer
  std::string body;
  std::string detail;  ///< for the log
};

/// Sends one request. Replies over limits::kMaxAuthzenReplyBytes are PDP_UNAVAILABLE. The target's
/// `timeout` covers the whole call.
[[nodiscard]] asio::awaitable<PdpReply> ask_pdp(HttpClient& client, const UpstreamTarget& pdp,
                                                PdpCall call, std::string body_json,
                                                std::string request_id);

}  // namespace portcullis::bff
