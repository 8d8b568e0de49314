#include "adapters/pdp/pdp_client.hpp"

#include <utility>

#include "domain/metrics.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

asio::awaitable<PdpReply> ask_pdp(HttpClient& client, const UpstreamTarget& pdp, PdpCall call,
                                  std::string body_json, std::string request_id) {
  OutgoingRequest request;
  request.method = HttpVerb::post;
  request.target =
      call == PdpCall::kEvaluation ? "/access/v1/evaluation" : "/access/v1/evaluations";
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (!pdp.credential_name.empty()) {
    request.headers.emplace_back(pdp.credential_name, pdp.credential_value);
  }
  if (!request_id.empty()) request.headers.emplace_back("X-Request-ID", std::move(request_id));
  request.body = std::move(body_json);
  request.repeatable = true;
  request.max_body = limits::kMaxAuthzenReplyBytes;
  request.total_timeout = pdp.timeout;
  auto outcome = co_await client.request(pdp, std::move(request));

  PdpReply reply;
  if (auto* failure = std::get_if<UpstreamFailure>(&outcome)) {
    reply.code =
        failure->code == Code::kUpstreamTimeout ? Code::kPdpTimeout : Code::kPdpUnavailable;
    reply.detail = std::move(failure->detail);
  } else {
    auto& response = std::get<IncomingResponse>(outcome);
    reply.status = response.status;
    reply.body = std::move(response.body);
    if (response.status == 200) {
      reply.code = Code::kAllowed;
    } else {
      reply.code = Code::kPdpUnavailable;
      reply.detail = "it answered with status " + std::to_string(response.status);
    }
  }
  co_return reply;
}

}  // namespace portcullis::bff
