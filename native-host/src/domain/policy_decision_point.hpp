// The policy decision point (PDP) that answers AuthZEN evaluations. A port: lab/ has the embedded
// one, adapters/pdp asks one over HTTP, app/ chooses by the configuration.
//
// Fails closed: whatever goes wrong is a code, never a permit.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/asio.hpp"
#include "domain/config.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

class HttpClient;

/// One request of a session.
struct PdpQuestion {
  std::string body;             ///< AuthZEN 1.0 JSON, the session's subject and context written in
  std::size_t evaluations = 0;  ///< how many answers are due
  bool single = false;          ///< of the single form
  bool batch = false;           ///< it came to /access/v1/evaluations
};

struct PdpDecisions {
  Code code = Code::kPdpUnavailable;  ///< ALLOWED: `decisions` is the answer, permits or not
  std::string detail;                 ///< one sentence for the caller, or empty
  std::string note;                   ///< for the log
  std::vector<bool> decisions;        ///< may be short: the rest is denied
};

class PolicyDecisionPoint {
 public:
  virtual ~PolicyDecisionPoint() = default;
  /// The answer where it takes no waiting (the embedded PDP), else nothing. Pure, thread-safe;
  /// linear in the body and the rules.
  [[nodiscard]] virtual std::optional<PdpDecisions> evaluate_now(
      const Snapshot& snapshot, std::string_view tenant, const std::vector<std::string>& roles,
      const PdpQuestion& question) const = 0;
  /// Asks the configured PDP. Waits at most for its timeout.
  [[nodiscard]] virtual asio::awaitable<PdpDecisions> evaluate(const Snapshot& snapshot,
                                                               HttpClient& client,
                                                               PdpQuestion question,
                                                               std::string request_id) const = 0;
};

}  // namespace portcullis::bff
