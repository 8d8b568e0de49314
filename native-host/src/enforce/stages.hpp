// The stages of judgement.hpp, each a function. Each looks at what is asked and at what earlier
// stages found, adds what it finds, and gives ALLOWED or its refusal.
#pragma once

#include "enforce/judgement.hpp"

namespace portcullis::bff::enforce {

/// What Allow says where no single path is asked about.
inline constexpr std::string_view kKnownMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// What is said where somebody asks this listener for a probe.
inline constexpr std::string_view kProbeDetail =
    "probes and metrics are served by the listener of --metrics-port, at any address";

using Stage = Code (*)(const Request&, const JudgeInputs&, Judgement&);

Code canonical(const Request&, const JudgeInputs&, Judgement&);
Code tenant(const Request&, const JudgeInputs&, Judgement&);
Code service_worker(const Request&, const JudgeInputs&, Judgement&);
Code method(const Request&, const JudgeInputs&, Judgement&);
Code upgrade(const Request&, const JudgeInputs&, Judgement&);
Code session(const Request&, const JudgeInputs&, Judgement&);
Code csrf(const Request&, const JudgeInputs&, Judgement&);
Code plugin_identity(const Request&, const JudgeInputs&, Judgement&);
Code stamp(const Request&, const JudgeInputs&, Judgement&);
Code operator_role(const Request&, const JudgeInputs&, Judgement&);
Code admitted(const Request&, const JudgeInputs&, Judgement&);
Code rule(const Request&, const JudgeInputs&, Judgement&);
Code route_exists(const Request&, const JudgeInputs&, Judgement&);
Code rate(const Request&, const JudgeInputs&, Judgement&);

}  // namespace portcullis::bff::enforce
