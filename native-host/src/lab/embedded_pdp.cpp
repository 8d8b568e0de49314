#include "lab/embedded_pdp.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/strict_json.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

using Json = nlohmann::json;

const Json& empty_object() {
  static const Json empty = Json::object();
  return empty;
}

PdpAnswer refuse(Code code, std::string detail) {
  PdpAnswer answer;
  answer.status = code == Code::kJsonTooLarge ? 413 : 400;
  answer.code = code;
  answer.detail = std::move(detail);
  return answer;
}

/// Parses the request; returns the error answer if it is invalid.
std::optional<PdpAnswer> read(std::string_view body, Json& request) {
  std::string why;
  const Code code =
      parse_strict_json(body, kMaxPdpRequestBytes, limits::kMaxAuthzenDepth, request, &why);
  if (code != Code::kAllowed) return refuse(code, "the request cannot be read: " + why);
  if (!request.is_object()) return refuse(Code::kJsonWrongShape, "the request is not an object");
  return std::nullopt;
}

/// The four parts of one evaluation; null if missing.
struct Parts {
  const Json* subject = nullptr;
  const Json* resource = nullptr;
  const Json* action = nullptr;
  const Json* context = nullptr;
};

const Json* member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

Parts parts_of(const Json& object, const Parts& defaults) {
  Parts parts = defaults;
  if (const Json* own = member(object, "subject")) parts.subject = own;
  if (const Json* own = member(object, "resource")) parts.resource = own;
  if (const Json* own = member(object, "action")) parts.action = own;
  if (const Json* own = member(object, "context")) parts.context = own;
  return parts;
}

/// Section 5: `type`, `id` and `name` are required strings, `properties` is an object.
std::string entity_problem(const Json* entity, std::string_view what,
                           std::initializer_list<const char*> required) {
  if (entity == nullptr) return std::string(what) + " is required";
  if (!entity->is_object()) return std::string(what) + " must be an object";
  for (const char* key : required) {
    const Json* value = member(*entity, key);
    if (value == nullptr || !value->is_string() || value->get_ref<const std::string&>().empty()) {
      return std::string(what) + '.' + key + " must be a non-empty text";
    }
  }
  const Json* properties = member(*entity, "properties");
  if (properties != nullptr && !properties->is_object()) {
    return std::string(what) + ".properties must be an object";
  }
  return {};
}

/// Returns an empty string if the evaluation can be judged.
std::string problem_of(const Parts& parts) {
  std::string problem = entity_problem(parts.subject, "subject", {"type", "id"});
  if (problem.empty()) problem = entity_problem(parts.resource, "resource", {"type", "id"});
  if (problem.empty()) problem = entity_problem(parts.action, "action", {"name"});
  if (problem.empty() && parts.context != nullptr && !parts.context->is_object()) {
    problem = "context must be an object";
  }
  return problem;
}

bool decide_one(const PdpPolicy& policy, const Parts& parts, const Asker& asker) {
  static const std::vector<std::string> kNoRoles;
  const SubjectFacts* facts = policy.facts_of((*parts.subject)["type"].get<std::string>(),
                                              (*parts.subject)["id"].get<std::string>());
  const std::vector<std::string>& roles = asker.roles != nullptr ? *asker.roles
                                          : facts != nullptr     ? facts->roles
                                                                 : kNoRoles;
  const Json& context = parts.context != nullptr ? *parts.context : empty_object();
  std::string_view tenant = asker.tenant;
  if (tenant.empty()) {
    const Json* stated = member(context, "tenant");
    if (stated != nullptr && stated->is_string()) tenant = stated->get_ref<const std::string&>();
  }
  const PolicyInput input{*parts.subject, *parts.resource,
                          *parts.action,  context,
                          roles,          facts != nullptr ? facts->properties.get() : nullptr,
                          tenant};
  return judge(policy, input).permit;
}

PdpAnswer answer_single(const PdpPolicy& policy, const Json& request, const Asker& asker) {
  const Parts parts = parts_of(request, {});
  if (std::string problem = problem_of(parts); !problem.empty()) {
    return refuse(Code::kJsonWrongShape, std::move(problem));
  }
  PdpAnswer answer;
  answer.single = true;
  answer.decisions = {decide_one(policy, parts, asker)};
  answer.body = answer.decisions[0] ? R"({"decision":true})" : R"({"decision":false})";
  return answer;
}

/// Section 7.1.2: when the reply may end early.
enum class Semantic { kExecuteAll, kDenyOnFirstDeny, kPermitOnFirstPermit };

std::optional<Semantic> semantic_of(const Json& request, std::string& problem) {
  const Json* options = member(request, "options");
  if (options == nullptr) return Semantic::kExecuteAll;
  if (!options->is_object()) {
    problem = "options must be an object";
    return std::nullopt;
  }
  const Json* value = member(*options, "evaluations_semantic");
  if (value == nullptr || *value == "execute_all") return Semantic::kExecuteAll;
  if (*value == "deny_on_first_deny") return Semantic::kDenyOnFirstDeny;
  if (*value == "permit_on_first_permit") return Semantic::kPermitOnFirstPermit;
  problem =
      "options.evaluations_semantic must be execute_all, deny_on_first_deny or "
      "permit_on_first_permit";
  return std::nullopt;
}

/// A default of the wrong type affects every evaluation that does not override it, so it is
/// reported once, as 400.
std::string defaults_problem(const Json& request) {
  for (const char* key : {"subject", "resource", "action", "context"}) {
    const Json* value = member(request, key);
    if (value != nullptr && !value->is_object()) return std::string(key) + " must be an object";
  }
  return {};
}

}  // namespace

PdpAnswer evaluate(const PdpPolicy& policy, std::string_view body, const Asker& asker) {
  Json request;
  if (auto refused = read(body, request)) return std::move(*refused);
  return answer_single(policy, request, asker);
}

PdpAnswer evaluate_batch(const PdpPolicy& policy, std::string_view body, const Asker& asker) {
  Json request;
  if (auto refused = read(body, request)) return std::move(*refused);
  std::string problem = defaults_problem(request);
  const std::optional<Semantic> semantic = semantic_of(request, problem);
  if (!problem.empty()) return refuse(Code::kJsonWrongShape, std::move(problem));
  const Json* evaluations = member(request, "evaluations");
  if (evaluations != nullptr && !evaluations->is_array()) {
    return refuse(Code::kJsonWrongShape, "evaluations must be an array");
  }
  if (evaluations == nullptr || evaluations->empty()) return answer_single(policy, request, asker);
  if (evaluations->size() > limits::kMaxEvaluations) {
    PdpAnswer answer =
        refuse(Code::kJsonTooLarge,
               "more than " + std::to_string(limits::kMaxEvaluations) + " evaluations");
    answer.status = 400;  // valid JSON, but over the limit
    return answer;
  }

  const Parts defaults = parts_of(request, {});
  PdpAnswer answer;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Json& entry : *evaluations) {
    bool decision = false;
    nlohmann::ordered_json item = {{"decision", false}};
    std::string wrong = "an evaluation must be an object";
    if (entry.is_object()) {
      const Parts parts = parts_of(entry, defaults);
      wrong = problem_of(parts);
      if (wrong.empty()) decision = decide_one(policy, parts, asker);
    }
    item["decision"] = decision;
    if (!wrong.empty()) item["context"]["error"] = {{"status", 400}, {"message", wrong}};
    list.push_back(std::move(item));
    answer.decisions.push_back(decision);
    if (semantic == Semantic::kDenyOnFirstDeny && !decision) break;
    if (semantic == Semantic::kPermitOnFirstPermit && decision) break;
  }
  answer.body = nlohmann::ordered_json{{"evaluations", std::move(list)}}.dump();
  return answer;
}

std::string pdp_metadata(std::string_view base_url) {
  const std::string base(base_url);
  const nlohmann::ordered_json document = {
      {"policy_decision_point", base},
      {"access_evaluation_endpoint", base + "/access/v1/evaluation"},
      {"access_evaluations_endpoint", base + "/access/v1/evaluations"},
  };
  return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace portcullis::bff
