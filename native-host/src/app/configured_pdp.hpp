// The PDP selected in settings.yaml: the embedded one, or one reached over HTTP.
#pragma once

#include "base/clock.hpp"
#include "domain/metrics.hpp"
#include "domain/policy_decision_point.hpp"

namespace portcullis::bff {

class ConfiguredPdp final : public PolicyDecisionPoint {
 public:
  ConfiguredPdp(const Clock& clock, Metrics& metrics) : clock_(clock), metrics_(metrics) {}

  [[nodiscard]] std::optional<PdpDecisions> evaluate_now(
      const Snapshot& snapshot, std::string_view tenant, const std::vector<std::string>& roles,
      const PdpQuestion& question) const override;
  /// A PDP whose URL is invalid is unavailable; it never falls back to the embedded one.
  [[nodiscard]] asio::awaitable<PdpDecisions> evaluate(const Snapshot& snapshot, HttpClient& client,
                                                       PdpQuestion question,
                                                       std::string request_id) const override;

 private:
  const Clock& clock_;
  Metrics& metrics_;
};

}  // namespace portcullis::bff
