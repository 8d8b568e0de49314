#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "adapters/yaml/load_parts.hpp"
#include "lab/policy.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

/// Returns null, with a problem, for numbers beyond the range of a double, such as 1e999: nothing
/// would equal them, so a denial would never apply.
std::shared_ptr<const nlohmann::json> json_of(MapReader& reader, std::string_view key,
                                              const YamlNode& node) {
  auto value = nlohmann::json::parse(yaml_to_json(node), nullptr, false);
  if (value.is_discarded()) {
    reader.error(Code::kConfigBadValue, key,
                 "this number is too large to compare; write a smaller one, or quote it as text");
    value = nullptr;
  }
  return std::make_shared<const nlohmann::json>(std::move(value));
}

/// Reads texts in which '*' may only come last: elsewhere it would match a literal star, which
/// nobody intends.
std::vector<std::string> read_patterns(MapReader& reader, std::string_view key) {
  std::vector<std::string> patterns = reader.some_texts(key);
  for (const std::string& pattern : patterns) {
    if (pattern.find('*') < pattern.size() - 1) {
      reader.error(Code::kConfigBadValue, key,
                   "'*' is only allowed at the end of a value, not in \"" + pattern + "\"");
    }
  }
  return patterns;
}

std::vector<std::string> read_path(MapReader& reader, std::string_view key) {
  std::vector<std::string> path;
  const std::string text = reader.required_text(key);
  if (text.empty()) return path;
  std::string_view rest = text;
  while (true) {
    const std::size_t dot = rest.find('.');
    path.emplace_back(rest.substr(0, dot));
    if (dot == rest.npos) break;
    rest.remove_prefix(dot + 1);
  }
  static const std::set<std::string> kRoots = {"subject", "resource", "action", "context",
                                               "directory"};
  const bool whole =
      std::none_of(path.begin(), path.end(), [](const std::string& step) { return step.empty(); });
  if (!whole || path.size() < 2 || path.size() > 16 || !kRoots.contains(path[0])) {
    reader.error(Code::kConfigBadValue, key,
                 "a path must begin with subject, resource, action, context or directory, such as "
                 "resource.properties.ownerID");
  }
  return path;
}

std::optional<Condition> read_condition(const YamlNode& node, const std::string& pointer,
                                        ProblemSink& sink) {
  MapReader reader(node, pointer, sink);
  Condition condition;
  condition.path = read_path(reader, "path");
  int tests = 0;
  const auto literal = [&](const char* key, Condition::Test test) {
    const YamlNode* value = reader.any(key);
    if (value == nullptr) return;
    ++tests;
    condition.test = test;
    condition.value = json_of(reader, key, *value);
  };
  const auto path = [&](const char* key, Condition::Test test) {
    if (!reader.has(key)) return;
    ++tests;
    condition.test = test;
    condition.other_path = read_path(reader, key);
  };
  literal("equals", Condition::Test::kEquals);
  literal("contains", Condition::Test::kContains);
  path("equals_path", Condition::Test::kEqualsPath);
  path("contains_path", Condition::Test::kContainsPath);
  if (const YamlNode* list = reader.list("in")) {
    ++tests;
    condition.test = Condition::Test::kIn;
    condition.value = json_of(reader, "in", *list);
  }
  if (const auto exists = reader.boolean("exists")) {
    ++tests;
    condition.test = Condition::Test::kExists;
    condition.value = std::make_shared<const nlohmann::json>(*exists);
  }
  const bool wrong = reader.is_wrong("in") || reader.is_wrong("exists");
  if (tests != 1 && !wrong) {
    sink.error(Code::kConfigRequired, node, pointer,
               "a condition needs a path and exactly one of equals, equals_path, contains, "
               "contains_path, in, exists");
  }
  reader.finish();
  if (tests != 1) return std::nullopt;
  return condition;
}

PolicyRule read_rule(const YamlNode& node, const std::string& pointer, ProblemSink& sink,
                     const TenantNames* tenants) {
  MapReader reader(node, pointer, sink);
  PolicyRule rule;
  rule.id = reader.required_text("id");
  const auto effect = reader.one_of("effect", {"permit", "deny"});
  if (!reader.has("effect") && !reader.is_wrong("effect")) {
    reader.error(Code::kConfigRequired, "effect", "\"effect\" must be permit or deny");
  }
  rule.effect = effect == "permit" ? PolicyRule::Effect::kPermit : PolicyRule::Effect::kDeny;
  if (const YamlNode* subject = reader.map("subject")) {
    MapReader inner(*subject, pointer + "/subject", sink);
    rule.subject_types = read_patterns(inner, "type");
    rule.subject_ids = read_patterns(inner, "ids");
    rule.subject_roles = inner.some_texts("roles");
    inner.finish();
  }
  rule.actions = read_patterns(reader, "action");
  if (const YamlNode* resource = reader.map("resource")) {
    MapReader inner(*resource, pointer + "/resource", sink);
    rule.resource_types = read_patterns(inner, "type");
    rule.resource_ids = read_patterns(inner, "id");
    inner.finish();
  }
  rule.tenants = read_tenants(reader, "tenants", tenants, true);
  const YamlNode* when = reader.list("when");
  if (when != nullptr && when->items.size() > limits::kMaxPolicyConditions) {
    reader.error(Code::kConfigTooLarge, "when",
                 "more than " + std::to_string(limits::kMaxPolicyConditions) + " conditions");
  }
  for (std::size_t i = 0; when != nullptr && i < when->items.size(); ++i) {
    auto condition = read_condition(when->items[i], pointer + "/when/" + std::to_string(i), sink);
    if (condition) rule.when.push_back(*std::move(condition));
  }
  reader.finish();
  return rule;
}

void read_subjects(MapReader& root, PdpPolicy& policy) {
  const YamlNode* list = root.list("subjects");
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    MapReader reader(list->items[i], "/subjects/" + std::to_string(i), root.sink());
    const std::string type = reader.required_text("type");
    const std::string id = reader.required_text("id");
    SubjectFacts facts;
    facts.roles = reader.texts("roles");
    if (const YamlNode* properties = reader.map("properties")) {
      facts.properties = json_of(reader, "properties", *properties);
    }
    reader.finish();
    if (!policy.subjects.emplace(std::pair(type, id), std::move(facts)).second) {
      reader.error(Code::kConfigDuplicate, "id", "the subject is listed twice");
    }
  }
}

}  // namespace

PdpPolicy load_policy(const YamlNode& root, ProblemSink& sink, const TenantNames* tenants) {
  PdpPolicy policy;
  MapReader reader(root, "", sink);
  read_subjects(reader, policy);
  const YamlNode* rules = reader.list("rules");
  if (rules != nullptr && rules->items.size() > limits::kMaxPolicyRules) {
    reader.error(Code::kConfigTooLarge, "rules",
                 "more than " + std::to_string(limits::kMaxPolicyRules) + " rules");
  } else if (rules != nullptr) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < rules->items.size(); ++i) {
      const std::string pointer = "/rules/" + std::to_string(i);
      policy.rules.push_back(read_rule(rules->items[i], pointer, sink, tenants));
      const std::string& id = policy.rules.back().id;
      if (!id.empty() && !ids.insert(id).second) {
        sink.error(Code::kConfigDuplicate, rules->items[i], pointer + "/id",
                   "the rule \"" + id + "\" is listed twice");
      }
    }
  }
  reader.finish();
  return policy;
}

}  // namespace portcullis::bff
