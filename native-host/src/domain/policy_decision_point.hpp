// Port: the policy decision point (PDP) that answers AuthZEN evaluations. lab/ has the embedded
// one, adapters/pdp calls one over HTTP; app/ selects by configuration.
//
// Fails closed: every failure is a code, never a permit.
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

/// One evaluation request of a session.
struct PdpQuestion {
  std::string body;  ///< AuthZEN 1.0 JSON, completed with the session's subject and context
  std::size_t evaluations = 0;  ///< number of expected answers
  bool single = false;          ///< the request has the single form
  bool batch = false;           ///< received at /access/v1/evaluations
};

/// The answer to a PdpQuestion.
struct PdpDecisions {
  Code code = Code::kPdpUnavailable;  ///< ALLOWED: `decisions` is valid, whether permits or not
  std::string detail;                 ///< one sentence for the caller, or empty
  std::string note;                   ///< for the log
  std::vector<bool> decisions;        ///< may be short: missing ones are denials
};

/// A PDP. Thread-safe.
class PolicyDecisionPoint {
 public:
  virtual ~PolicyDecisionPoint() = default;
  /// The answer if it is available without waiting (embedded PDP), else nothing. Pure, thread-safe;
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
