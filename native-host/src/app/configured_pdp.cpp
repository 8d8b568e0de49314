#include "app/configured_pdp.hpp"

#include <utility>

#include "adapters/pdp/pdp_client.hpp"
#include "lab/embedded_pdp.hpp"
#include "portcullis/authzen.hpp"

namespace portcullis::bff {

std::optional<PdpDecisions> ConfiguredPdp::evaluate_now(const Snapshot& snapshot,
                                                        std::string_view tenant,
                                                        const std::vector<std::string>& roles,
                                                        const PdpQuestion& question) const {
  const AuthzenSettings& authzen = snapshot.settings.authzen;
  if (authzen.pdp || !authzen.embedded()) return std::nullopt;
  const Asker asker{tenant, &roles};
  const PdpPolicy& policy = *snapshot.policy;
  PdpAnswer said = question.batch && !question.single
                       ? bff::evaluate_batch(policy, question.body, asker)
                       : bff::evaluate(policy, question.body, asker);
  return PdpDecisions{said.status == 200 ? Code::kAllowed : said.code,
                      std::move(said.detail),
                      {},
                      std::move(said.decisions)};
}

asio::awaitable<PdpDecisions> ConfiguredPdp::evaluate(const Snapshot& snapshot, HttpClient& client,
                                                      PdpQuestion question,
                                                      std::string request_id) const {
  PdpDecisions out;
  const UpstreamTargetPtr pdp = snapshot.settings.authzen.pdp;
  if (!pdp) co_return out;
  const auto started = clock_.steady();
  const PdpReply reply =
      co_await ask_pdp(client, *pdp, question.single ? PdpCall::kEvaluation : PdpCall::kEvaluations,
                       std::move(question.body), std::move(request_id));
  const auto took = clock_.steady() - started;
  out.note = reply.detail;
  out.code = reply.code;
  if (reply.code != Code::kAllowed) {
    metrics_.pdp_request(reply.code == Code::kPdpTimeout ? "timeout" : "unavailable", took);
    co_return out;
  }
  Code why = Code::kAllowed;
  out.decisions =
      apply_reply(question.evaluations, static_cast<int>(reply.status), reply.body, &why);
  if (why != Code::kAllowed) {
    metrics_.pdp_request("unavailable", took);
    out.code = Code::kPdpUnavailable;
    out.detail = "the PDP's answer is not valid AuthZEN";
    co_return out;
  }
  metrics_.pdp_request("ok", took);
  co_return out;
}

}  // namespace portcullis::bff
