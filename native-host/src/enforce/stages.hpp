// The stages of judgement.hpp. Each adds its findings to the judgement and returns kAllowed or its
// refusal. No stage calls a store.
#pragma once

#include <optional>

#include "enforce/judgement.hpp"

namespace portcullis::bff::enforce {

/// The Allow header when no single path is asked about.
inline constexpr std::string_view kKnownMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// The detail for a probe sent to the main listener.
inline constexpr std::string_view kProbeDetail =
    "probes and metrics are served on --metrics-port, under any host name";

/// A stage that reads only the request.
using ReadStage = Code (*)(const Request&, const JudgeInputs&, Judgement&);
Code canonical(const Request&, const JudgeInputs&, Judgement&);
Code tenant(const Request&, const JudgeInputs&, Judgement&);
Code service_worker(const Request&, const JudgeInputs&, Judgement&);
Code method(const Request&, const JudgeInputs&, Judgement&);
Code upgrade(const Request&, const JudgeInputs&, Judgement&);

/// A stage that judges the facts.
using JudgeStage = Code (*)(const Request&, const JudgeInputs&, Facts&, Judgement&);
Code session(const Request&, const JudgeInputs&, Facts&, Judgement&);
Code csrf(const Request&, const JudgeInputs&, Facts&, Judgement&);
Code plugin_identity(const Request&, const JudgeInputs&, Facts&, Judgement&);
Code stamp(const Request&, const JudgeInputs&, Facts&, Judgement&);
Code operator_role(const Request&, const JudgeInputs&, Facts&, Judgement&);
Code admitted(const Request&, const JudgeInputs&, Facts&, Judgement&);
Code rule(const Request&, const JudgeInputs&, Facts&, Judgement&);
Code route_exists(const Request&, const JudgeInputs&, Facts&, Judgement&);

// Helpers for gathering facts (stages_caller.cpp).

/// The token of "Authorization: Bearer TOKEN" (RFC 6750, section 2.1), or "".
[[nodiscard]] std::string_view bearer_token(const Request& request);
/// The plugin id that the request names; empty if it names none, or not exactly one.
[[nodiscard]] std::string_view named_plugin(const Request& request, const Needs& needs);
/// The stamp to verify; nullopt if none is needed or none can be valid.
[[nodiscard]] std::optional<Stamp> shown_stamp(const Request& request, const Judgement& judgement,
                                               const Facts& facts);
/// The refusal for a stamp's fault; sets the detail in the judgement.
[[nodiscard]] Code refuse_stamp(Judgement& judgement, StampFault fault);

}  // namespace portcullis::bff::enforce
