#include "template_parse.hpp"

#include <algorithm>
#include <string>

#include "bytes_equal.hpp"
#include "filled.hpp"
#include "path_bytes.hpp"
#include "portcullis/canonical_path.hpp"

namespace portcullis {
namespace {

template <std::size_t Places>
bool refuse(TemplateProblem& problem, Code code, Pattern<Places> pattern,
            const Filling (&fillings)[Places], std::string_view param = {}) {
  problem = {code, filled(pattern, fillings), std::string(param)};
  return false;
}

/// Suggests what the author meant, for templates in other routers' syntax.
std::string_view hint(std::string_view text, Code code) {
  if (text.empty() || text[0] != '/') return "; it must start with '/'";
  if (text.find('?') != std::string_view::npos) return "; a query is never part of a template";
  if (text.find_first_of("{<[") != std::string_view::npos) {
    return "; parameters are written ':name'";
  }
  if (code == Code::kAllowed) return "; write it in its canonical form";
  return "";
}

/// A quick check for the usual canonical template: unambiguous bytes, no dots, no empty segments.
bool is_plain(std::string_view text) noexcept {
  if (text.empty() || text[0] != '/') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto letter = static_cast<unsigned char>((c | 0x20U) - 'a');
    if (letter < 26 || static_cast<unsigned char>(c - '0') <= ':' - '0') continue;
    if (c == '/' ? text[i - 1] == '/' : c != '-' && c != '_' && c != '*') return false;
  }
  return true;
}

/// Checks a template as a path: ':' and '*' are legal in paths.
bool check_canonical(std::string_view text, TemplateProblem& problem) {
  if (is_plain(text)) return true;
  CanonicalPath path;
  std::size_t offset = 0;
  const Code code = canonicalize(text, path, &offset);
  if (code == Code::kAllowed && !path.has_query() && bytes_equal(path.path(), text)) {
    return true;
  }
  std::string why;
  if (code != Code::kAllowed) {
    why = filled(": @ at byte @", {name(code), offset});
  } else if (path.path() != text.substr(0, text.find('?'))) {
    why = filled(", which would be @", {path.path()});
  }
  return refuse(problem, Code::kTemplateNotCanonical, "not a canonical path@@",
                {why, hint(text, code)});
}

bool is_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return path_bytes::is_alpha(byte) || path_bytes::is_digit(byte) || c == '_';
  });
}

bool read_segment(std::string_view text, std::size_t begin, std::size_t end, bool has_star,
                  TemplateSegment& segment, TemplateProblem& problem) {
  const std::string_view value = text.substr(begin, end - begin);
  segment = {};
  segment.offset = static_cast<std::uint16_t>(begin);
  segment.length = static_cast<std::uint16_t>(value.size());
  if (value[0] == ':') {
    const std::string_view name = value.substr(1);
    if (!is_name(name)) {
      return refuse(
          problem, Code::kTemplateBadParam,
          "'@': a parameter is a whole segment, named with letters, digits and '_'; for "
          "part of a segment use a regex: ':op' with { \"op\": { \"regex\": \"[0-9]+:cancel\" } }",
          {value});
    }
    if (name.size() > limits::kMaxParamNameBytes) {
      return refuse(problem, Code::kTemplateTooLong, "a parameter's name has at most @ bytes",
                    {limits::kMaxParamNameBytes});
    }
    segment.kind = TemplateSegment::kParam;
    ++segment.offset;
    --segment.length;
    return true;
  }
  if (value == "*") {
    segment.kind = end == text.size() ? TemplateSegment::kTail : TemplateSegment::kStar;
    return true;
  }
  if (has_star) {
    return refuse(problem, Code::kTemplateBadWildcard, "'@': '*' must be a whole segment", {value});
  }
  return true;
}

/// Parameter names must be unique and within the limit.
bool check_names(std::string_view text, const ParsedTemplate& parsed, TemplateProblem& problem) {
  const auto name_of = [&](std::size_t i) {
    return text.substr(parsed.segments[i].offset, parsed.segments[i].length);
  };
  std::size_t count = 0;
  for (std::size_t i = 0; i < parsed.count; ++i) {
    if (parsed.segments[i].kind != TemplateSegment::kParam) continue;
    for (std::size_t j = 0; j < i && count > 0; ++j) {
      if (parsed.segments[j].kind == TemplateSegment::kParam && name_of(j) == name_of(i)) {
        return refuse(problem, Code::kTemplateDuplicateParam, "':@' appears twice in the template",
                      {name_of(i)});
      }
    }
    if (++count > limits::kMaxTemplateParams) {
      return refuse(problem, Code::kTemplateTooLong, "a template has at most @ parameters",
                    {limits::kMaxTemplateParams});
    }
  }
  return true;
}

/// A template whose shortest path exceeds the limit could never match.
bool check_shortest_match(const TemplateView& view, TemplateProblem& problem) {
  std::size_t bytes = view.trailing_slash ? 1 : 0;
  for (std::size_t i = 0; i < view.count; ++i) {
    const TemplateSegment& segment = view.segments[i];
    bytes += 1 + (segment.kind == TemplateSegment::kLiteral ? segment.length
                  : segment.shape != TemplateSegment::kAnyShape
                      ? view.matchers[segment.shape].min_encoded_bytes()
                      : 1);
  }
  if (bytes <= limits::kMaxPathBytes) return true;
  return refuse(problem, Code::kTemplateTooLong,
                "every path that it matches is longer than @ bytes", {limits::kMaxPathBytes});
}

}  // namespace

bool parse_template(std::string_view text, ParsedTemplate& out, TemplateProblem& problem) {
  out.count = 0;
  if (text.size() > limits::kMaxTemplateBytes) {
    return refuse(problem, Code::kTemplateTooLong, "a template has at most @ bytes",
                  {limits::kMaxTemplateBytes});
  }
  if (!check_canonical(text, problem)) return false;
  out.trailing_slash = text.back() == '/';
  for (std::size_t begin = 1; begin < text.size();) {
    std::size_t end = begin;
    bool has_star = false;
    for (; end < text.size() && text[end] != '/'; ++end) has_star = has_star || text[end] == '*';
    if (out.count == limits::kMaxTemplateSegments) {
      return refuse(problem, Code::kTemplateTooLong, "a template has at most @ segments",
                    {limits::kMaxTemplateSegments});
    }
    if (!read_segment(text, begin, end, has_star, out.segments[out.count], problem)) return false;
    ++out.count;
    begin = end + 1;
  }
  return check_names(text, out, problem);
}

std::string_view literal_parameter(std::string_view text) noexcept {
  for (std::size_t at = 2; at + 1 < text.size(); ++at) {
    if (text[at] != ':' || text[at - 1] == '/') continue;
    const auto before = static_cast<unsigned char>(text[at - 1]);
    if (path_bytes::is_alpha(before) || path_bytes::is_digit(before)) continue;
    std::size_t end = at + 1;
    while (end < text.size() && is_name(text.substr(end, 1))) ++end;
    if (end > at + 1) return text.substr(at, end - at);
  }
  return {};
}

bool bind_params(std::string_view text, ParsedTemplate& parsed, const std::vector<ParamSpec>& specs,
                 std::vector<ParamMatcher>& matchers, TemplateProblem& problem) {
  if (specs.empty()) return true;  // anything longer than kMaxTemplateBytes was rejected already
  const std::size_t first = matchers.size();
  const auto name_of = [&](const TemplateSegment& segment) {
    return text.substr(segment.offset, segment.length);
  };
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool known = std::any_of(parsed.segments.begin(), parsed.segments.begin() + parsed.count,
                                   [&](const TemplateSegment& segment) {
                                     return segment.kind == TemplateSegment::kParam &&
                                            name_of(segment) == specs[i].name;
                                   });
    if (!known) {
      return refuse(problem, Code::kTemplateUnknownParam, "the template has no segment ':@'",
                    {specs[i].name}, specs[i].name);
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (specs[j].name == specs[i].name) {
        return refuse(problem, Code::kTemplateDuplicateParam, "params names '@' twice",
                      {specs[i].name}, specs[i].name);
      }
    }
  }
  for (std::size_t i = 0; i < parsed.count; ++i) {
    TemplateSegment& segment = parsed.segments[i];
    if (segment.kind != TemplateSegment::kParam) continue;
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const ParamSpec& candidate) {
      return candidate.name == name_of(segment);
    });
    if (spec == specs.end()) continue;
    auto matcher = ParamMatcher::compile(*spec, problem);
    if (!matcher) {
      matchers.erase(matchers.begin() + static_cast<std::ptrdiff_t>(first), matchers.end());
      return false;
    }
    segment.shape = static_cast<std::uint8_t>(matchers.size() - first);
    matchers.push_back(std::move(*matcher));
  }
  const TemplateView view{text, parsed.segments.data(), parsed.count, parsed.trailing_slash,
                          matchers.data() + first};
  if (check_shortest_match(view, problem)) return true;
  matchers.erase(matchers.begin() + static_cast<std::ptrdiff_t>(first), matchers.end());
  return false;
}

}  // namespace portcullis
