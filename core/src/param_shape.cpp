#include "portcullis/param_shape.hpp"

#include <algorithm>
#include <functional>

#include "path_bytes.hpp"
#include "re2/re2.h"
#include "regex_language.hpp"
#include "small_sort.hpp"

namespace portcullis {
namespace {

using path_bytes::hex_value;
using path_bytes::is_digit;

bool is_hex(char c) noexcept { return hex_value(static_cast<unsigned char>(c)) >= 0; }
bool is_digit_at(std::string_view text, std::size_t i) noexcept {
  return is_digit(static_cast<unsigned char>(text[i]));
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_int(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  if (text.empty() || text.size() > 18) return false;
  if (text.front() == '0' && text.size() > 1) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_digit(static_cast<unsigned char>(c)); });
}

bool is_slug(std::string_view text) noexcept {
  bool word = false;  // the byte before belongs to a word
  for (const char c : text) {
    if (c == '-') {
      if (!word) return false;
      word = false;
    } else if ((c >= 'a' && c <= 'z') || is_digit(static_cast<unsigned char>(c))) {
      word = true;
    } else {
      return false;
    }
  }
  return word;
}

// ISO 8601 with the proleptic Gregorian calendar; the year 0000 is a leap year there.
bool is_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (!is_digit_at(text, i)) return false;
  }
  const auto number = [text](std::size_t from, std::size_t size) {
    int value = 0;
    for (const char c : text.substr(from, size)) value = value * 10 + (c - '0');
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (month < 1 || month > 12) return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day >= 1 && day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

/// The shortest value: "0", "a", and the fixed sizes of uuid and date.
std::size_t min_bytes(NamedShape shape) noexcept {
  return shape == NamedShape::kUuid ? 36 : shape == NamedShape::kDate ? 10 : 1;
}

std::optional<ParamMatcher> refuse(TemplateProblem& problem, const ParamSpec& spec, Code code,
                                   std::string detail) {
  problem = {code, std::move(detail), spec.name};
  return std::nullopt;
}

std::string quoted(std::string_view text) { return '\'' + std::string(text) + '\''; }

}  // namespace

std::optional<NamedShape> parse_shape(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    if (kShapes[i].name == name) return static_cast<NamedShape>(i);
  }
  return std::nullopt;
}

std::string_view name(NamedShape shape) noexcept {
  return kShapes[static_cast<std::size_t>(shape)].name;
}

bool matches_shape(NamedShape shape, std::string_view decoded) noexcept {
  if (decoded.size() > kShapes[static_cast<std::size_t>(shape)].max_bytes) return false;
  switch (shape) {
    case NamedShape::kUuid:
      return is_uuid(decoded);
    case NamedShape::kInt:
      return is_int(decoded);
    case NamedShape::kSlug:
      return is_slug(decoded);
    case NamedShape::kDate:
      return is_date(decoded);
    case NamedShape::kHex:
      return !decoded.empty() && std::all_of(decoded.begin(), decoded.end(), is_hex);
  }
  return false;
}

std::optional<ParamMatcher> ParamMatcher::compile(const ParamSpec& spec, TemplateProblem& problem) {
  ParamMatcher matcher;
  matcher.kind_ = spec.kind;
  if (spec.kind == ParamSpec::kNamed) {
    if (static_cast<std::size_t>(spec.named) >= kShapes.size()) {
      return refuse(problem, spec, Code::kTemplateUnknownShape, "there is no such shape");
    }
    matcher.named_ = spec.named;
    return matcher;
  }
  if (spec.kind == ParamSpec::kChoices) {
    if (spec.choices.empty() || spec.choices.size() > limits::kMaxParamChoices) {
      return refuse(problem, spec, Code::kTemplateBadChoices,
                    "a one-of shape has 1 to " + std::to_string(limits::kMaxParamChoices) +
                        " values, this one has " + std::to_string(spec.choices.size()));
    }
    for (const std::string& choice : spec.choices) {
      if (choice.size() > limits::kMaxParamChoiceBytes) {
        return refuse(
            problem, spec, Code::kTemplateBadChoices,
            "a value is longer than " + std::to_string(limits::kMaxParamChoiceBytes) + " bytes");
      }
      if (!path_bytes::is_segment_value(choice)) {
        return refuse(problem, spec, Code::kTemplateBadChoices,
                      utf8::is_valid(choice) ? quoted(choice) + " can be no path segment's value"
                                             : "a value is not valid UTF-8");
      }
    }
    matcher.choices_ = spec.choices;
    small_sort(matcher.choices_.begin(), matcher.choices_.end(), std::less<>());
    matcher.choices_.erase(std::unique(matcher.choices_.begin(), matcher.choices_.end()),
                           matcher.choices_.end());
    return matcher;
  }
  if (spec.regex.size() > limits::kMaxParamRegexBytes) {
    return refuse(
        problem, spec, Code::kTemplateBadRegex,
        "the regex is longer than " + std::to_string(limits::kMaxParamRegexBytes) + " bytes");
  }
  re2::RE2::Options options;
  options.set_max_mem(static_cast<std::int64_t>(limits::kMaxParamRegexProgramBytes));
  options.set_log_errors(false);  // the core writes nowhere
  options.set_never_capture(true);
  options.set_longest_match(true);
  auto regex = std::make_shared<re2::RE2>(spec.regex, options);
  if (!regex->ok()) {
    return refuse(problem, spec, Code::kTemplateBadRegex,
                  "RE2 does not take the regex: " + regex->error());
  }
  if (!regex_matches_some_segment(*regex)) {
    return refuse(problem, spec, Code::kTemplateBadRegex,
                  "the regex can match no path segment's value");
  }
  matcher.regex_ = std::move(regex);
  return matcher;
}

bool ParamMatcher::matches(std::string_view decoded) const noexcept {
  switch (kind_) {
    case ParamSpec::kNamed:
      return matches_shape(named_, decoded);
    case ParamSpec::kChoices:
      return std::binary_search(choices_.begin(), choices_.end(), decoded);
    case ParamSpec::kRegex:
      return regex_->Match(decoded, 0, decoded.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
  }
  return false;
}

bool ParamMatcher::same_as(const ParamMatcher& other) const noexcept {
  if (kind_ != other.kind_) return false;
  switch (kind_) {
    case ParamSpec::kNamed:
      return named_ == other.named_;
    case ParamSpec::kChoices:
      return choices_ == other.choices_;
    case ParamSpec::kRegex:
      return regex_->pattern() == other.regex_->pattern();
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
  if (kind_ == ParamSpec::kRegex) return "regex " + regex_->pattern();
  std::string text = "one of ";
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (i > 0) text += ", ";
    text += choices_[i];
  }
  return text;
}

}  // namespace portcullis
