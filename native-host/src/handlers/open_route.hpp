// What proxied and fixture routes share: how a call is known to the stream hub.
#pragma once

#include "handlers/call.hpp"

namespace portcullis::bff::handlers {

/// What is open under this call.
[[nodiscard]] StreamInfo stream_info(const Call& call);

/// Judges session, quarantine and configuration once more, after the call was registered: what was
/// taken away between the judgement and the registration would otherwise be missed.
[[nodiscard]] Code judge_again(const Call& call);

}  // namespace portcullis::bff::handlers
