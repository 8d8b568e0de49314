// Long-lived calls (event streams, proxied calls) as the stream hub sees them.
#pragma once

#include "api/request_context.hpp"
#include "domain/stream_hub.hpp"

namespace portcullis::bff {

/// The hub's description of this call.
[[nodiscard]] StreamInfo stream_info(const RequestContext& call);

/// The quotas that apply to this call: session, account, address and tenant.
[[nodiscard]] StreamQuotas stream_quotas(const RequestContext& call);

/// The detail for an exceeded quota, e.g. "this account has too many event streams open".
[[nodiscard]] std::string too_many_open(Quota quota, bool call);

/// Judges session, quarantine and configuration again after the call was registered with the hub: a
/// change between judgement and registration would otherwise be missed.
class OpenCallJudge {
 public:
  OpenCallJudge(const SessionStore& sessions, const Quarantine& quarantine,
                const ServingStateCell& serving_states)
      : sessions_(sessions), quarantine_(quarantine), serving_states_(serving_states) {}

  /// Returns kAllowed, or why the call must end.
  [[nodiscard]] Code judge(const RequestContext& call) const;

 private:
  const SessionStore& sessions_;
  const Quarantine& quarantine_;
  const ServingStateCell& serving_states_;
};

}  // namespace portcullis::bff
