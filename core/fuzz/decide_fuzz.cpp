// Rules and a target as lines of text:
//   GET /api/:id/* id=int        a method, a template, shapes: a name, a list (a,b), a regex (~a+)
//   ...
//   POST /api/7/x                the last line: the call
// The trie agrees with the reference matcher; check() and decide() agree; the found rule's template
// matches alone; a denial's explanation keeps the answer well-formed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"
#include "portcullis/decision.hpp"
#include "reference_matcher.hpp"

namespace {

using namespace portcullis;

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

ParamSpec read_param(std::string_view text) {
  const std::size_t equals = text.find('=');
  ParamSpec spec;
  spec.name = text.substr(0, equals);
  const std::string_view shape =
      equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  if (const auto named = parse_shape(shape)) {
    spec.named = *named;
  } else if (!shape.empty() && shape[0] == '~') {
    spec.kind = ParamSpec::kRegex;
    spec.regex = shape.substr(1);
  } else {
    spec.kind = ParamSpec::kChoices;
    for (const std::string_view choice : split(shape, ',')) spec.choices.emplace_back(choice);
  }
  return spec;
}

ApiRule read_rule(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  ApiRule rule;
  rule.method = parse_method(words[0]).value_or(Method::kGet);
  if (words.size() > 1) rule.path = words[1];
  for (std::size_t i = 2; i < words.size(); ++i) rule.params.push_back(read_param(words[i]));
  return rule;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string_view> lines = split({reinterpret_cast<const char*>(data), size}, '\n');
  if (lines.size() > 24) return 0;
  const std::string_view call = lines.back();
  lines.pop_back();
  const std::string_view method = call.substr(0, call.find(' '));
  const std::string_view target = call.substr(std::min(method.size() + 1, call.size()));

  std::vector<ApiRule> rules;
  for (const std::string_view line : lines) {
    ApiRule rule = read_rule(line);
    TemplateProblem problem;
    const auto compiled = PathTemplate::compile(rule.path, rule.params, problem);
    require(compiled.has_value() == (problem.code == Code::kAllowed));
    if (compiled && !compiled->reaches_reserved()) rules.push_back(std::move(rule));
  }
  std::vector<PolicyProblem> problems;
  const auto policy = PluginPolicy::compile("p", rules, {}, &problems);
  if (!policy) {  // each rule is valid alone
    for (const PolicyProblem& found : problems) {
      require(!found.fatal || found.code == Code::kTemplateTooManyRegexes);
    }
    return 0;
  }

  CanonicalPath path;
  const PluginPolicy::Verdict verdict = policy->check(method, target, path);
  const Decision decision = policy->decide(method, target);
  require(verdict.code == decision.code && decision.allowed == (verdict.code == Code::kAllowed));
  require(decision.allowed == (verdict.rule >= 0) && decision.target.value_or("") == path.target());
  json::Document document;
  require(json::parse(to_json(decision), {1 << 20, 8}, document).code == Code::kAllowed);

  const auto known = parse_method(method);
  if (path.path().empty() || !known) {
    require(!decision.allowed);
    return 0;
  }
  require(reference::Matcher(rules).find(*known, path.path()) == verdict.rule);
  if (!decision.allowed) return 0;
  const ApiRule& rule = rules[static_cast<std::size_t>(verdict.rule)];
  TemplateProblem problem;
  Params params;
  require(PathTemplate::compile(rule.path, rule.params, problem)->match(path.path(), &params));
  require(params == decision.params);
  for (const std::string_view prefix : {"/auth", "/access"}) {
    require(path.path() != prefix &&
            path.path().substr(0, prefix.size() + 1) != std::string(prefix) + "/");
  }
  require(path.path().substr(0, 13) != "/api/plugins/" || path.path() == "/api/plugins/telemetry" ||
          path.path() == "/api/plugins/secure-echo");
  return 0;
}
