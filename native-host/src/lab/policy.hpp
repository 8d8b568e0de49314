// policy.yaml: the rules of the embedded PDP, and who has which roles.
//
// Deny overrides, default deny: an evaluation is permitted when at least one permit rule applies
// and no deny rule does. A rule applies when all that it names matches; what it does not name
// matches everything. Values match exactly, or as a prefix when the rule's value ends in '*'.
//
// `tenants` limits a rule to tenants. When the tenant is not known (the PDP's own listener was
// asked without `context.tenant`), a limited permit does not apply and a limited deny does.
//
// `when` conditions look into the request by dotted paths (subject.*, resource.*, action.*,
// context.*) and into what is known about the subject (directory.*). All have to hold. An absent
// value fulfils none but `exists: false`.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::bff {

/// A condition over one value of the request.
struct Condition {
  enum class Test { kEquals, kEqualsPath, kContains, kContainsPath, kIn, kExists };
  std::vector<std::string> path;  ///< {"resource","properties","ownerID"}
  Test test = Test::kEquals;
  std::shared_ptr<const nlohmann::json>
      value;                            ///< kEquals, kContains: any; kIn: array; kExists: bool
  std::vector<std::string> other_path;  ///< kEqualsPath, kContainsPath
};

struct PolicyRule {
  enum class Effect { kPermit, kDeny };
  std::string id;
  Effect effect = Effect::kPermit;
  std::vector<std::string> subject_types;  ///< empty lists: not named
  std::vector<std::string> subject_ids;
  std::vector<std::string> subject_roles;
  std::vector<std::string> actions;
  std::vector<std::string> resource_types;
  std::vector<std::string> resource_ids;
  std::vector<std::string> tenants;  ///< normalised hosts, exact
  std::vector<Condition> when;
};

/// What is known about a subject without being told by the request.
struct SubjectFacts {
  std::vector<std::string> roles;
  std::shared_ptr<const nlohmann::json> properties;  ///< directory.*; null: none
};

struct PdpPolicy {
  std::vector<PolicyRule> rules;
  /// By (type, id): the accounts of users.yaml and the `subjects` of policy.yaml.
  std::map<std::pair<std::string, std::string>, SubjectFacts> subjects;

  const SubjectFacts* facts_of(const std::string& type, const std::string& id) const;
};

/// One evaluation, checked for its shape already.
struct PolicyInput {
  const nlohmann::json& subject;
  const nlohmann::json& resource;
  const nlohmann::json& action;
  const nlohmann::json& context;  ///< an object, maybe empty
  const std::vector<std::string>& roles;
  const nlohmann::json* directory;  ///< null: nothing known
  std::string_view tenant;          ///< empty: not known
};

struct PolicyVerdict {
  bool permit = false;
  std::string_view rule;  ///< id of the deny or permit that decided; empty: none applied
};

/// Whether a rule's value matches: exactly, or as a prefix when it ends in '*'.
bool value_matches(std::string_view pattern, std::string_view value);

/// Pure. Cost: rules times their values.
PolicyVerdict judge(const PdpPolicy& policy, const PolicyInput& input);

}  // namespace portcullis::bff
