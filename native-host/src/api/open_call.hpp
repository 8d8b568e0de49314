// What is open for long under a call (an event stream, a proxied call), as the stream hub knows it.
#pragma once

#include "api/request_context.hpp"
#include "domain/stream_hub.hpp"

namespace portcullis::bff {

/// How the hub lists this call.
[[nodiscard]] StreamInfo stream_info(const RequestContext& call);

/// How many such entries its session, account, address and tenant may have.
[[nodiscard]] StreamQuotas stream_quotas(const RequestContext& call);

/// "this account has too many event streams open"
[[nodiscard]] std::string too_many_open(Quota quota, bool call);

/// Judges session, quarantine and configuration once more, after the call was registered with the
/// hub: a change between the judgement and the registration would otherwise be missed.
class OpenCallJudge {
 public:
  OpenCallJudge(const SessionStore& sessions, const Quarantine& quarantine,
                const ServingStateCell& serving_states)
      : sessions_(sessions), quarantine_(quarantine), serving_states_(serving_states) {}

  [[nodiscard]] Code judge(const RequestContext& call) const;

 private:
  const SessionStore& sessions_;
  const Quarantine& quarantine_;
  const ServingStateCell& serving_states_;
};

}  // namespace portcullis::bff
