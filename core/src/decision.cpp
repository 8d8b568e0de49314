#include "portcullis/decision.hpp"

#include "explain.hpp"
#include "filled.hpp"
#include "json.hpp"

namespace portcullis {
namespace {

std::string pointer_to(const RuleProblem& found) {
  std::string pointer = "/permissions/api";
  if (found.problem.code == Code::kManifestTooMany) return pointer;
  json::append_pointer(pointer, found.rule);
  if (found.problem.code == Code::kTemplateDuplicateRule) return pointer;
  if (found.problem.code == Code::kManifestBadMethod) return pointer + "/method";
  if (found.problem.code == Code::kTemplateTooManyRegexes) return pointer + "/params";
  if (found.problem.param.empty()) return pointer + "/path";
  pointer += "/params";
  json::append_pointer(pointer, found.problem.param);
  return pointer;
}

std::string pointer_to(const TopicProblem& found) {
  std::string pointer = "/permissions/sse";
  if (found.code != Code::kManifestTooMany) json::append_pointer(pointer, found.entry);
  return pointer;
}

Decision reject(std::string_view what, std::string_view target, Code code, std::size_t offset) {
  Decision decision;
  decision.code = code;
  decision.explain = explain::rejected_target(what, target, code, offset);
  return decision;
}

}  // namespace

std::optional<PluginPolicy> PluginPolicy::compile(std::string id, const std::vector<ApiRule>& api,
                                                  const std::vector<std::string>& sse,
                                                  std::vector<PolicyProblem>* problems) {
  std::vector<RuleProblem> rule_problems;
  std::vector<TopicProblem> topic_problems;
  auto rules = AllowList::compile(api, &rule_problems);
  auto topics = TopicList::compile(sse, &topic_problems);
  if (problems != nullptr) {
    for (RuleProblem& found : rule_problems) {
      problems->push_back(
          {found.problem.code, pointer_to(found), std::move(found.problem.detail), found.fatal});
    }
    for (TopicProblem& found : topic_problems) {
      problems->push_back({found.code, pointer_to(found), std::move(found.detail), true});
    }
  }
  if (!rules || !topics) return std::nullopt;
  PluginPolicy policy;
  policy.id_ = std::move(id);
  policy.api_ = std::move(*rules);
  policy.sse_ = std::move(*topics);
  return policy;
}

PluginPolicy::Verdict PluginPolicy::check(Method method, std::string_view target,
                                          CanonicalPath& out) const noexcept {
  if (const Code code = canonicalize(target, out); code != Code::kAllowed) return {code, -1};
  const int rule = api_.find(method, out.path());
  return {rule < 0 ? Code::kAllowlistViolation : Code::kAllowed, rule};
}

PluginPolicy::Verdict PluginPolicy::check(std::string_view method, std::string_view target,
                                          CanonicalPath& out) const noexcept {
  if (const auto known = parse_method(method)) return check(*known, target, out);
  const Code code = canonicalize(target, out);
  return {code == Code::kAllowed ? Code::kAllowlistViolation : code, -1};
}

PluginPolicy::Verdict PluginPolicy::check_topic(std::string_view target,
                                                CanonicalPath& out) const noexcept {
  if (const Code code = canonicalize(target, out); code != Code::kAllowed) return {code, -1};
  const int entry = sse_.find(out.path());
  return {entry < 0 ? Code::kTopicNotAllowed : Code::kAllowed, entry};
}

Decision PluginPolicy::decide(std::string_view method, std::string_view target) const {
  CanonicalPath path;
  std::size_t offset = 0;
  if (const Code code = canonicalize(target, path, &offset); code != Code::kAllowed) {
    return reject(method, target, code, offset);
  }
  const Verdict verdict = check(method, target, path);
  Decision decision;
  decision.allowed = verdict.code == Code::kAllowed;
  decision.code = verdict.code;
  decision.target = path.target();
  if (!decision.allowed) {
    decision.explain = explain::denied_call(api_, method, path.path());
    return decision;
  }
  decision.rule = filled("/permissions/api/@", {static_cast<std::size_t>(verdict.rule)});
  api_.captures(verdict.rule, path.path(), decision.params);
  decision.explain = explain::allowed_call(api_, verdict.rule, method, path.path());
  return decision;
}

Decision PluginPolicy::decide_topic(std::string_view topic) const {
  CanonicalPath path;
  std::size_t offset = 0;
  if (const Code code = canonicalize(topic, path, &offset); code != Code::kAllowed) {
    return reject("event stream", topic, code, offset);
  }
  const Verdict verdict = check_topic(topic, path);
  Decision decision;
  decision.allowed = verdict.code == Code::kAllowed;
  decision.code = verdict.code;
  decision.target = path.target();
  if (decision.allowed) {
    decision.rule = filled("/permissions/sse/@", {static_cast<std::size_t>(verdict.rule)});
  }
  decision.explain = decision.allowed ? explain::allowed_topic(sse_, verdict.rule, path.path())
                                      : explain::denied_topic(sse_, path.path());
  return decision;
}

std::string explain_rejection(std::string_view method, std::string_view target, Code code,
                              std::size_t offset) {
  return explain::rejected_target(method, target, code, offset);
}

std::string to_json(const Decision& decision) {
  json::Writer writer;
  const auto text_or_null = [&writer](const std::optional<std::string>& text) {
    if (text) {
      writer.string(*text);
    } else {
      writer.null();
    }
  };
  writer.begin_object();
  writer.key("allowed").boolean(decision.allowed);
  writer.key("code").string(name(decision.code));
  writer.key("target");
  text_or_null(decision.target);
  writer.key("rule");
  text_or_null(decision.rule);
  writer.key("params").begin_object();
  for (const auto& [key, value] : decision.params) writer.key(key).string(value);
  writer.end_object();
  writer.key("explain").string(decision.explain);
  writer.end_object();
  return writer.take();
}

}  // namespace portcullis
