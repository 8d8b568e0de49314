// Compiling, validating, comparing and describing shapes.
#include <algorithm>
#include <functional>

#include "filled.hpp"
#include "path_bytes.hpp"
#include "portcullis/param_shape.hpp"
#include "segment_regex.hpp"
#include "small_sort.hpp"

namespace portcullis {
namespace {

/// Size of the shortest value: "0", "a", or the fixed sizes of uuid and date.
std::size_t min_bytes(NamedShape shape) noexcept {
  return shape == NamedShape::kUuid ? 36 : shape == NamedShape::kDate ? 10 : 1;
}

template <std::size_t Places>
std::nullopt_t refuse(TemplateProblem& problem, const ParamSpec& spec, Code code,
                      Pattern<Places> pattern, const Filling (&fillings)[Places]) {
  problem = {code, filled(pattern, fillings), spec.name};
  return std::nullopt;
}

}  // namespace

std::optional<ParamMatcher> ParamMatcher::compile(const ParamSpec& spec, TemplateProblem& problem) {
  ParamMatcher matcher;
  matcher.kind_ = spec.kind;
  if (spec.kind == ParamSpec::kNamed) {
    if (static_cast<std::size_t>(spec.named) >= kShapes.size()) {
      problem = {Code::kTemplateUnknownShape, "unknown shape", spec.name};
      return std::nullopt;
    }
    matcher.named_ = spec.named;
    return matcher;
  }
  if (spec.kind == ParamSpec::kChoices) {
    if (spec.choices.empty() || spec.choices.size() > limits::kMaxParamChoices) {
      return refuse(problem, spec, Code::kTemplateBadChoices,
                    "a one-of shape has 1 to @ values, this one has @",
                    {limits::kMaxParamChoices, spec.choices.size()});
    }
    for (const std::string& choice : spec.choices) {
      if (choice.size() > limits::kMaxParamChoiceBytes) {
        return refuse(problem, spec, Code::kTemplateBadChoices, "a value is longer than @ bytes",
                      {limits::kMaxParamChoiceBytes});
      }
      if (!path_bytes::is_segment_value(choice)) {
        return refuse(
            problem, spec, Code::kTemplateBadChoices, "@",
            {utf8::is_valid(choice) ? filled("'@' cannot be the value of a path segment", {choice})
                                    : "a value is not valid UTF-8"});
      }
    }
    matcher.choices_ = spec.choices;
    small_sort(matcher.choices_.begin(), matcher.choices_.end(), std::less<>());
    matcher.choices_.erase(std::unique(matcher.choices_.begin(), matcher.choices_.end()),
                           matcher.choices_.end());
    return matcher;
  }
  if (spec.regex.size() > limits::kMaxParamRegexBytes) {
    return refuse(problem, spec, Code::kTemplateBadRegex, "the regex is longer than @ bytes",
                  {limits::kMaxParamRegexBytes});
  }
  std::string why;
  matcher.regex_.reset(SegmentRegex::compile(spec.regex, why).release());
  if (matcher.regex_ == nullptr) return refuse(problem, spec, Code::kTemplateBadRegex, "@", {why});
  return matcher;
}

void ParamMatcher::Delete::operator()(const SegmentRegex* regex) const noexcept { delete regex; }

bool ParamMatcher::same_as(const ParamMatcher& other) const noexcept {
  if (kind_ != other.kind_) return false;
  switch (kind_) {
    case ParamSpec::kNamed:
      return named_ == other.named_;
    case ParamSpec::kChoices:
      return choices_ == other.choices_;
    case ParamSpec::kRegex:
      return regex_->source() == other.regex_->source();
  }
  return false;
}

std::size_t ParamMatcher::min_encoded_bytes() const noexcept {
  if (kind_ == ParamSpec::kNamed) return min_bytes(named_);
  if (kind_ == ParamSpec::kRegex) return 1;
  std::size_t least = limits::kMaxPathBytes;
  for (const std::string& choice : choices_) {
    least = std::min(least, path_bytes::encoded_bytes(choice));
  }
  return least;
}

std::string ParamMatcher::describe() const {
  if (kind_ == ParamSpec::kNamed) return std::string(name(named_));
  if (kind_ == ParamSpec::kRegex) return filled("regex @", {regex_->source()});
  std::string text = "one of ";
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (i > 0) text += ", ";
    text += choices_[i];
  }
  return text;
}

}  // namespace portcullis
