// decision: may this plugin make this call, and if not, why?
//
// Decides by canonicalize() and the plugin's allow-list or topics, identically on page and server.
// A denial has a stable code and an explanation a plugin author can act on. The caller's identity,
// session, quarantine and rate are judged by the host.
//
// PluginPolicy::compile() once per plugin; check() / check_topic() for the verdict alone (no
// allocation; forward CanonicalPath::target()); decide() / decide_topic() for people and logs. Both
// always agree. Immutable; const members are thread-safe.
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

/// An explained verdict.
struct Decision {
  bool allowed = false;
  Code code = Code::kAllowlistViolation;  ///< kAllowed exactly when `allowed`
  std::optional<std::string> target;  ///< the canonical target; nullopt if the path was rejected
  std::optional<std::string> rule;    ///< JSON pointer of the allowing rule; nullopt if denied
  Params params;                      ///< percent-decoded captures of that rule
  std::string explain;                ///< one sentence, valid UTF-8, printable
};

/// A problem found by compile(), with its place in the manifest.
struct PolicyProblem {
  Code code = Code::kAllowed;
  std::string pointer;  ///< JSON pointer, e.g. /permissions/api/2/path
  /// One sentence without a full stop: what is wrong or what to write.
  std::string detail;
  /// Whether compile() fails because of it.
  bool fatal = true;
};

/// The compiled permissions of one plugin.
class PluginPolicy {
 public:
  /// A code and the index into permissions.api (or .sse) of the rule that allows; -1 if denied.
  struct Verdict {
    Code code;
    int rule;
  };

  /// Returns nullopt if a rule or topic is invalid: there are no partial policies. All problems,
  /// non-fatal ones included, are appended to `problems` (may be null).
  [[nodiscard]] static std::optional<PluginPolicy> compile(std::string id,
                                                           const std::vector<ApiRule>& api,
                                                           const std::vector<std::string>& sse,
                                                           std::vector<PolicyProblem>* problems);

  /// The hot path; allocates nothing. On kAllowed and kAllowlistViolation `out` holds the canonical
  /// target; on any other code it is empty. An unknown method is a violation.
  [[nodiscard]] Verdict check(Method method, std::string_view target,
                              CanonicalPath& out) const noexcept;
  /// The same for a method as text.
  [[nodiscard]] Verdict check(std::string_view method, std::string_view target,
                              CanonicalPath& out) const noexcept;
  /// The same for an event stream; denies with kTopicNotAllowed.
  [[nodiscard]] Verdict check_topic(std::string_view target, CanonicalPath& out) const noexcept;

  /// check() plus the rule's pointer, the captures and the explanation.
  [[nodiscard]] Decision decide(std::string_view method, std::string_view target) const;
  /// check_topic() with the same additions.
  [[nodiscard]] Decision decide_topic(std::string_view topic) const;

  /// The plugin's id.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  /// The compiled permissions.api.
  [[nodiscard]] const AllowList& api() const noexcept { return api_; }
  /// The compiled permissions.sse.
  [[nodiscard]] const TopicList& sse() const noexcept { return sse_; }

 private:
  PluginPolicy() = default;

  std::string id_;
  AllowList api_;
  TopicList sse_;
};

/// Explains a target that canonicalize() rejected with `code` at `offset`, for hosts that reject it
/// before the caller is known. One sentence of printable ASCII.
[[nodiscard]] std::string explain_rejection(std::string_view method, std::string_view target,
                                            Code code, std::size_t offset);

/// {"allowed","code","target","rule","params","explain"}, in this order. A missing target or rule
/// is null; without params, params is {}.
[[nodiscard]] std::string to_json(const Decision& decision);

}  // namespace portcullis
