// The stages of judgement.hpp, each a function of its own file. Each looks at what is asked and at
// what earlier stages found, adds what it finds, and gives ALLOWED or its refusal.
#pragma once

#include "enforce/judgement.hpp"

namespace portcullis::bff::enforce {

/// What Allow says where no single path is asked about.
inline constexpr std::string_view kKnownMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// What is said where somebody asks this listener for a probe.
inline constexpr std::string_view kProbeDetail =
    "probes and metrics are served by the listener of --metrics-port, at any address";

using Stage = Code (*)(const Request&, const Grounds&, Judgement&);

Code canonical(const Request&, const Grounds&, Judgement&);
Code tenant(const Request&, const Grounds&, Judgement&);
Code service_worker(const Request&, const Grounds&, Judgement&);
Code method(const Request&, const Grounds&, Judgement&);
Code upgrade(const Request&, const Grounds&, Judgement&);
Code session(const Request&, const Grounds&, Judgement&);
Code csrf(const Request&, const Grounds&, Judgement&);
Code plugin_identity(const Request&, const Grounds&, Judgement&);
Code stamp(const Request&, const Grounds&, Judgement&);
Code operator_role(const Request&, const Grounds&, Judgement&);
Code known(const Request&, const Grounds&, Judgement&);
Code quarantined(const Request&, const Grounds&, Judgement&);
Code disabled(const Request&, const Grounds&, Judgement&);
Code signed_by_operator(const Request&, const Grounds&, Judgement&);
Code rule(const Request&, const Grounds&, Judgement&);
Code served(const Request&, const Grounds&, Judgement&);
Code rate(const Request&, const Grounds&, Judgement&);

}  // namespace portcullis::bff::enforce
