// decision: may this plugin make this call, and if not, why not.
//
// Decides: canonicalize() and then the plugin's allow-list or topics, in one go, the same on the
// page and on the server. A denial is an answer, with a stable code and an explanation that a
// plugin author can act on.
// Does not decide: who the caller is, its session, quarantine, rate (the host's order of
// judgement).
//
// Order of calls: PluginPolicy::compile() once per plugin; then check() / check_topic() where only
// the verdict counts (no allocation, see allow_list.hpp; forward CanonicalPath::target()), or
// decide() / decide_topic() where a person or a log reads the answer. Both always agree.
// A policy is immutable and safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "portcullis/allow_list.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/codes.hpp"
#include "portcullis/topics.hpp"

namespace portcullis {

struct Decision {
  bool allowed = false;
  Code code = Code::kAllowlistViolation;  ///< kAllowed exactly when `allowed`
  std::optional<std::string> target;      ///< the canonical target; none when the path was rejected
  std::optional<std::string> rule;  ///< JSON pointer of the rule that allows; none when denied
  Params params;                    ///< percent-decoded captures of that rule
  std::string explain;              ///< one sentence, valid UTF-8, printable
};

/// What compile() refused, with its place in the manifest.
struct PolicyProblem {
  Code code = Code::kAllowed;
  std::string pointer;  ///< JSON pointer, e.g. /permissions/api/2/path
  std::string detail;
  bool fatal = true;
};

class PluginPolicy {
 public:
  /// The code and the index into permissions.api (or .sse) of the rule that allows; -1 when denied.
  struct Verdict {
    Code code;
    int rule;
  };

  /// Nothing when a rule or a topic is wrong: a policy is never half of what was written. Problems
  /// (also those that are not fatal) are appended to `problems`, which may be null.
  [[nodiscard]] static std::optional<PluginPolicy> compile(std::string id,
                                                           const std::vector<ApiRule>& api,
                                                           const std::vector<std::string>& sse,
                                                           std::vector<PolicyProblem>* problems);

  /// The hot path. On kAllowed and on kAllowlistViolation `out` holds the canonical target; on
  /// every other code it is empty. A method that no rule can name is a violation.
  [[nodiscard]] Verdict check(Method method, std::string_view target,
                              CanonicalPath& out) const noexcept;
  [[nodiscard]] Verdict check(std::string_view method, std::string_view target,
                              CanonicalPath& out) const noexcept;
  /// The same for an event stream (kTopicNotAllowed).
  [[nodiscard]] Verdict check_topic(std::string_view target, CanonicalPath& out) const noexcept;

  /// check() with the rule's pointer, the captures and the explanation.
  [[nodiscard]] Decision decide(std::string_view method, std::string_view target) const;
  [[nodiscard]] Decision decide_topic(std::string_view topic) const;

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] const AllowList& api() const noexcept { return api_; }
  [[nodiscard]] const TopicList& sse() const noexcept { return sse_; }

 private:
  PluginPolicy() = default;

  std::string id_;
  AllowList api_;
  TopicList sse_;
};

/// The explanation of a request target that canonicalize() rejected with `code` at `offset`, for
/// hosts that reject it before they know whose call it is. One sentence, printable ASCII.
[[nodiscard]] std::string explain_rejection(std::string_view method, std::string_view target,
                                            Code code, std::size_t offset);

/// {"allowed","code","target","rule","params","explain"}, in this order; target and rule are null
/// when there is none, params is {} when there are none.
[[nodiscard]] std::string to_json(const Decision& decision);

}  // namespace portcullis
