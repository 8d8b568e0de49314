// policy.yaml: the rules of the embedded PDP and the roles of subjects.
//
// Deny overrides, default deny: an evaluation is permitted if at least one permit rule and no deny
// rule applies. A rule applies if everything it names matches; keys it does not name match
// everything. Values match exactly, or as a prefix if the rule's value ends in '*'.
//
// `tenants` limits a rule to tenants. If the tenant is unknown (a request to the PDP's own listener
// without `context.tenant`), limited permits do not apply and limited denies do.
//
// `when` conditions refer to the request by dotted paths (subject.*, resource.*, action.*,
// context.*) and to known facts about the subject (directory.*). All must hold. A missing value
// satisfies only `exists: false`.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::bff {

/// A condition on one value of the request.
struct Condition {
  enum class Test { kEquals, kEqualsPath, kContains, kContainsPath, kIn, kExists };
  std::vector<std::string> path;  ///< {"resource","properties","ownerID"}
  Test test = Test::kEquals;
  std::shared_ptr<const nlohmann::json>
      value;                            ///< kEquals, kContains: any; kIn: array; kExists: bool
  std::vector<std::string> other_path;  ///< kEqualsPath, kContainsPath
};

/// One rule.
struct PolicyRule {
  enum class Effect { kPermit, kDeny };
  std::string id;
  Effect effect = Effect::kPermit;
  std::vector<std::string> subject_types;  ///< an empty list means: not named
  std::vector<std::string> subject_ids;
  std::vector<std::string> subject_roles;
  std::vector<std::string> actions;
  std::vector<std::string> resource_types;
  std::vector<std::string> resource_ids;
  std::vector<std::string> tenants;  ///< normalised hosts, exact
  std::vector<Condition> when;
};

/// Facts about a subject that do not come from the request.
struct SubjectFacts {
  std::vector<std::string> roles;
  std::shared_ptr<const nlohmann::json> properties;  ///< directory.*; null if there are none
};

/// The compiled policy. Immutable.
struct PdpPolicy {
  std::vector<PolicyRule> rules;
  /// By (type, id): accounts of users.yaml and `subjects` of policy.yaml.
  std::map<std::pair<std::string, std::string>, SubjectFacts> subjects;

  /// The facts about a subject; null if unknown.
  const SubjectFacts* facts_of(const std::string& type, const std::string& id) const;
};

/// One evaluation of valid shape.
struct PolicyInput {
  const nlohmann::json& subject;
  const nlohmann::json& resource;
  const nlohmann::json& action;
  const nlohmann::json& context;  ///< an object, possibly empty
  const std::vector<std::string>& roles;
  const nlohmann::json* directory;  ///< null if nothing is known
  std::string_view tenant;          ///< empty if unknown
};

/// The result of judge().
struct PolicyVerdict {
  bool permit = false;
  std::string_view rule;  ///< id of the rule that decided; empty if none applied
};

/// Whether a rule's value matches: exactly, or as a prefix if it ends in '*'.
bool value_matches(std::string_view pattern, std::string_view value);

/// Evaluates one request. Pure. O(rules times their values).
PolicyVerdict judge(const PdpPolicy& policy, const PolicyInput& input);

}  // namespace portcullis::bff
