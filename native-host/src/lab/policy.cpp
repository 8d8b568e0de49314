#include "lab/policy.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace portcullis::bff {

bool value_matches(std::string_view pattern, std::string_view value) {
  if (!pattern.empty() && pattern.back() == '*') {
    pattern.remove_suffix(1);
    return value.substr(0, pattern.size()) == pattern;
  }
  return pattern == value;
}

namespace {

using Json = nlohmann::json;

/// An empty list is a key the rule does not name: it matches everything.
bool any_matches(const std::vector<std::string>& patterns, std::string_view value) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return value_matches(pattern, value); });
}

bool role_matches(const std::vector<std::string>& wanted, const std::vector<std::string>& roles) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& role) {
           return std::find(roles.begin(), roles.end(), role) != roles.end();
         });
}

bool tenant_matches(const PolicyRule& rule, std::string_view tenant) {
  if (rule.tenants.empty()) return true;
  // Unknown tenant: a limited permit must not widen, a limited deny must not vanish.
  if (tenant.empty()) return rule.effect == PolicyRule::Effect::kDeny;
  return std::find(rule.tenants.begin(), rule.tenants.end(), tenant) != rule.tenants.end();
}

std::string_view text_of(const Json& entity, const char* key) {
  const auto found = entity.find(key);
  if (found == entity.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

const Json* value_at(const PolicyInput& input, const std::vector<std::string>& path) {
  if (path.empty()) return nullptr;
  const Json* node = nullptr;
  if (path[0] == "subject") node = &input.subject;
  if (path[0] == "resource") node = &input.resource;
  if (path[0] == "action") node = &input.action;
  if (path[0] == "context") node = &input.context;
  if (path[0] == "directory") node = input.directory;
  for (std::size_t i = 1; node != nullptr && i < path.size(); ++i) {
    if (!node->is_object()) return nullptr;
    const auto found = node->find(path[i]);
    node = found == node->end() ? nullptr : &*found;
  }
  return node;
}

/// Whether `part` is an element of a list or a substring of a text.
bool contains(const Json& whole, const Json& part) {
  if (whole.is_array()) return std::find(whole.begin(), whole.end(), part) != whole.end();
  if (whole.is_string() && part.is_string()) {
    return whole.get_ref<const std::string&>().find(part.get_ref<const std::string&>()) !=
           std::string::npos;
  }
  return false;
}

bool holds(const Condition& condition, const PolicyInput& input) {
  const Json* value = value_at(input, condition.path);
  if (condition.test == Condition::Test::kExists) {
    return (value != nullptr) == condition.value->get<bool>();
  }
  if (value == nullptr) return false;
  switch (condition.test) {
    case Condition::Test::kEquals:
      return *value == *condition.value;
    case Condition::Test::kContains:
      return contains(*value, *condition.value);
    case Condition::Test::kIn:
      return contains(*condition.value, *value);
    case Condition::Test::kEqualsPath:
    case Condition::Test::kContainsPath: {
      const Json* other = value_at(input, condition.other_path);
      if (other == nullptr) return false;
      return condition.test == Condition::Test::kEqualsPath ? *value == *other
                                                            : contains(*value, *other);
    }
    case Condition::Test::kExists:
      break;
  }
  return false;
}

bool applies(const PolicyRule& rule, const PolicyInput& input) {
  return any_matches(rule.actions, text_of(input.action, "name")) &&
         any_matches(rule.resource_types, text_of(input.resource, "type")) &&
         any_matches(rule.resource_ids, text_of(input.resource, "id")) &&
         any_matches(rule.subject_types, text_of(input.subject, "type")) &&
         any_matches(rule.subject_ids, text_of(input.subject, "id")) &&
         role_matches(rule.subject_roles, input.roles) && tenant_matches(rule, input.tenant) &&
         std::all_of(rule.when.begin(), rule.when.end(),
                     [&](const Condition& condition) { return holds(condition, input); });
}

}  // namespace

const SubjectFacts* PdpPolicy::facts_of(const std::string& type, const std::string& id) const {
  const auto found = subjects.find({type, id});
  return found == subjects.end() ? nullptr : &found->second;
}

PolicyVerdict judge(const PdpPolicy& policy, const PolicyInput& input) {
  PolicyVerdict verdict;
  for (const PolicyRule& rule : policy.rules) {
    // A second permit changes nothing; only a deny can.
    if (verdict.permit && rule.effect == PolicyRule::Effect::kPermit) continue;
    if (!applies(rule, input)) continue;
    verdict.rule = rule.id;
    if (rule.effect == PolicyRule::Effect::kDeny) {
      verdict.permit = false;
      return verdict;
    }
    verdict.permit = true;
  }
  return verdict;
}

}  // namespace portcullis::bff
