// What proxied and fixture routes share: how a call is known to the stream hub.
#pragma once

#include "handlers/call.hpp"

namespace portcullis::bff::handlers {

/// What is open under this call.
[[nodiscard]] StreamInfo stream_info(const Call& call);

/// How much of that its owners may have open.
[[nodiscard]] StreamQuotas stream_quotas(const Call& call);

/// "this account has too many event streams open"
[[nodiscard]] std::string too_many_open(Quota quota, bool call);

/// Judges session, quarantine and configuration once more, after the call was registered: what was
/// taken away between the judgement and the registration would otherwise be missed.
[[nodiscard]] Code judge_again(const Call& call);

}  // namespace portcullis::bff::handlers
