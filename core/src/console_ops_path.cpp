#include <optional>

#include "console_ops.hpp"
#include "manifest_reader.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/path_template.hpp"
#include "portcullis/topics.hpp"

namespace portcullis::console {

namespace {

// Returns the code of an invalid shape, or CONSOLE_BAD_ARGUMENT for a wrong type.
Code read_params(json::View params, std::vector<ParamSpec>& out) {
  if (!params) return Code::kAllowed;
  if (!params.is_object()) return Code::kConsoleBadArgument;
  const manifest_reader::At at{params};
  manifest_reader::ProblemList problems;
  for (const json::View member : params.children()) {
    if (manifest_reader::read_param(at.child(member.key()), problems, out.emplace_back())) continue;
    for (const Problem& problem : problems.take()) {
      if (problem.severity != Severity::kError) continue;
      const bool own = name(problem.code).substr(0, 9) == "TEMPLATE_";
      return own ? problem.code : Code::kConsoleBadArgument;
    }
    return Code::kConsoleBadArgument;
  }
  return Code::kAllowed;
}

}  // namespace

Code path_canonicalize(const Request& request, json::Writer& answer) {
  std::string_view target;
  if (!request.text("target", target)) return Code::kConsoleBadArgument;
  CanonicalPath canonical;
  const Code code = canonicalize(target, canonical);
  answer.key("ok").boolean(code == Code::kAllowed);
  if (code != Code::kAllowed) {
    answer.key("code").string(name(code));
    return Code::kAllowed;
  }
  answer.key("path").string(canonical.path()).key("query");
  if (canonical.has_query()) {
    answer.string(canonical.query());
  } else {
    answer.null();
  }
  return Code::kAllowed;
}

Code template_match(const Request& request, json::Writer& answer) {
  std::string_view text;
  std::string_view path;
  if (!request.text("template", text) || !request.text("path", path)) {
    return Code::kConsoleBadArgument;
  }
  std::vector<ParamSpec> specs;
  const Code params_code = read_params(request.root.find("params"), specs);
  if (params_code == Code::kConsoleBadArgument) return params_code;
  CanonicalPath canonical;
  const Code path_code = canonicalize(path, canonical);
  if (path_code != Code::kAllowed) return path_code;
  if (params_code != Code::kAllowed) return params_code;
  TemplateProblem problem;
  const std::optional<PathTemplate> compiled = PathTemplate::compile(text, specs, problem);
  if (!compiled) return problem.code;
  Params params;
  answer.key("match").boolean(compiled->match(canonical.path(), &params));
  answer.key("params").begin_object();
  for (const auto& [key, value] : params) answer.key(key).string(value);
  answer.end_object();
  return Code::kAllowed;
}

Code topic_allowed(const Request& request, json::Writer& answer) {
  std::string_view topic;
  const json::View list = request.root.find("prefixes");
  if (!request.text("topic", topic) || !list.is_array()) return Code::kConsoleBadArgument;
  std::vector<std::string> prefixes;
  for (const json::View entry : list.children()) {
    if (!entry.is_string()) return Code::kConsoleBadArgument;
    prefixes.emplace_back(entry.text());
  }
  CanonicalPath canonical;
  Code code = canonicalize(topic, canonical);
  if (code == Code::kAllowed && TopicList::lenient(prefixes).find(canonical.path()) < 0) {
    code = Code::kTopicNotAllowed;
  }
  answer.key("allowed").boolean(code == Code::kAllowed).key("code").string(name(code));
  return Code::kAllowed;
}

}  // namespace portcullis::console
