// Asks a policy decision point over HTTP, as AuthZEN 1.0 says: POST JSON to
// {pdp}/access/v1/evaluation or {pdp}/access/v1/evaluations.
//
// It carries, it does not read: the reply's body goes to the core (apply_reply), which denies
// whatever it does not understand. A PDP that is slow, gone or wrong is never a permit: PDP_TIMEOUT
// or PDP_UNAVAILABLE.
//
// Evaluations change nothing, so a request that hit a stale pooled connection is sent once more.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "portcullis/codes.hpp"
#include "upstream/http_client.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

class Metrics;

enum class PdpCall : std::uint8_t { kEvaluation, kEvaluations };

struct PdpReply {
  Code code = Code::kPdpUnavailable;  ///< ALLOWED: there is a 200 with a body; not: permitted
  unsigned status = 0;                ///< of the PDP's answer; 0 when there was none
  std::string body;
  std::string detail;  ///< for the log
};

/// The PDP of a snapshot: `url` as in settings.yaml, or one sentence of what is wrong with it.
[[nodiscard]] std::variant<UpstreamTarget, std::string> pdp_target(
    std::string_view url, std::chrono::milliseconds timeout);

/// Replies over limits::kMaxAuthzenReplyBytes are PDP_UNAVAILABLE. `timeout` of the target is for
/// the whole call.
[[nodiscard]] asio::awaitable<PdpReply> ask_pdp(HttpClient& client, const UpstreamTarget& pdp,
                                                PdpCall call, std::string body_json,
                                                std::string request_id);

}  // namespace portcullis::bff
