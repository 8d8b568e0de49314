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

bool PathTemplate::may_meet(const PathTemplate& other) const {
  const auto literal = [](const TemplateSegment& segment) {
    return segment.kind == TemplateSegment::kLiteral;
  };
  const TemplateView mine = view(*this);
  const TemplateView theirs = view(other);
  const std::size_t shared = std::min(segments_.size(), other.segments_.size());
  for (std::size_t i = 0; i < shared; ++i) {
    const TemplateSegment& a = segments_[i];
    const TemplateSegment& b = other.segments_[i];
    // A trailing star matches all that the other template has left, including a trailing slash.
    if (a.kind == TemplateSegment::kTail || b.kind == TemplateSegment::kTail) return true;
    if (literal(b) && !mine.fits(a, theirs.text_of(b))) return false;
    if (literal(a) && !theirs.fits(b, mine.text_of(a))) return false;
  }
  return segments_.size() == other.segments_.size() && trailing_slash_ == other.trailing_slash_;
}

}  // namespace portcullis
