#include "portcullis/path_template.hpp"

#include <algorithm>

#include "template_parse.hpp"

namespace portcullis {
namespace {

TemplateView view(const PathTemplate& path) noexcept {
  return {path.text(), path.segments().data(), path.segments().size(), path.trailing_slash(),
          path.matchers().data()};
}

}  // namespace

std::optional<PathTemplate> PathTemplate::compile(std::string_view text,
                                                  const std::vector<ParamSpec>& params,
                                                  TemplateProblem& problem) {
  ParsedTemplate parsed;
  PathTemplate path;
  if (!parse_template(text, parsed, problem)) return std::nullopt;
  if (!bind_params(text, parsed, params, path.matchers_, problem)) return std::nullopt;
  path.text_ = text;
  path.segments_.assign(parsed.segments.begin(), parsed.segments.begin() + parsed.count);
  path.trailing_slash_ = parsed.trailing_slash;
  return path;
}

bool PathTemplate::match(std::string_view canonical_path, Params* params) const {
  return view(*this).match(canonical_path, params);
}

bool PathTemplate::reaches_reserved() const { return view(*this).reaches_reserved(); }

bool PathTemplate::reaches(std::string_view prefix) const { return view(*this).reaches(prefix); }

std::size_t PathTemplate::regexes() const noexcept {
  return static_cast<std::size_t>(std::count_if(
      matchers_.begin(), matchers_.end(),
      [](const ParamMatcher& matcher) { return matcher.kind() == ParamSpec::kRegex; }));
}

}  // namespace portcullis
