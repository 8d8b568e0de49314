#include "api/open_call.hpp"

#include <algorithm>

#include "base/ip_address.hpp"
#include "enforce/admission.hpp"
#include "enforce/judgement.hpp"

namespace portcullis::bff {

StreamInfo stream_info(const RequestContext& call) {
  const Judgement& judgement = call.judgement;
  const RouteRule* rule = judgement.target.route;  // null for an endpoint of the server
  const bool sse = rule != nullptr ? rule->kind == RouteRule::Kind::kSse
                                   : judgement.target.needs.rule == Needs::Rule::kSse;
  const bool streams = rule != nullptr && rule->kind == RouteRule::Kind::kStream;
  // The streamed answer of a call is a plugin's stream, but not judged as a topic.
  return {.kind = sse || streams ? StreamKind::kPluginStream : StreamKind::kPluginRequest,
          .tenant = judgement.tenant->id,
          .session = judgement.session ? judgement.session->serial : 0,
          .plugin_id = judgement.plugin_id,
          .version = std::string(call.plugin_version()),
          .topic = std::string(judgement.path()),
          .sse = sse,
          .method = call.method,
          .served_by = rule == nullptr          ? ""
                       : rule->upstream.empty() ? rule->fixture
                                                : rule->upstream,
          .account = judgement.session ? judgement.session->account() : std::string(),
          .address = sse || streams ? site_of(call.from.ip) : std::string()};
}

StreamQuotas stream_quotas(const RequestContext& call) {
  const LimitSettings& limits = call.snapshot().settings.limits;
  const RouteRule* route = call.judgement.target.route;
  const bool is_call = route != nullptr && route->kind == RouteRule::Kind::kApi;
  const auto size = [](int value) { return static_cast<std::size_t>(std::max(0, value)); };
  if (is_call) return {.account = size(limits.calls_per_account)};
  return {.session = size(limits.streams_per_session),
          .account = size(limits.streams_per_account),
          .address = size(limits.streams_per_address),
          .tenant = size(limits.streams_per_tenant)};
}

std::string too_many_open(Quota quota, bool call) {
  return "this " + std::string(name(quota)) + " has too many " +
         (call ? "calls" : "event streams") + " open";
}

Code OpenCallJudge::judge(const RequestContext& call) const {
  const Judgement& judgement = call.judgement;
  if (judgement.session && !sessions_.alive(*judgement.session)) {
    return Code::kSessionRequired;
  }
  const ServingStatePtr now = serving_states_.get();
  if (now != call.serving) {
    return judge_open_stream(stream_info(call), *now->snapshot, quarantine_);
  }
  if (judgement.plugin == nullptr) return Code::kAllowed;
  return admitted(*judgement.tenant, judgement.plugin, quarantine_, Purpose::kStayOpen);
}

}  // namespace portcullis::bff
