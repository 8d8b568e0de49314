// Finds the rule a denied call was probably meant for. Used for explanations only.
#include <algorithm>
#include <bit>
#include <tuple>

#include "allow_list_layout.hpp"
#include "filled.hpp"
#include "path_bytes.hpp"
#include "portcullis/canonical_path.hpp"
#include "template_parse.hpp"

namespace portcullis {
namespace {

enum class Miss : std::uint8_t {
  kNothing,      // the path matches
  kLiteral,      // a literal segment differs
  kCase,         // a literal segment differs in case only
  kShape,        // a parameter's shape does not match
  kPathEnds,     // the path has too few segments
  kTailIsEmpty,  // only the segment for '*' at the end is missing
  kPathGoesOn,   // the path has too many segments
  kSlash,        // only the trailing slash differs
};

struct Closeness {
  Miss miss = Miss::kNothing;
  std::size_t segments = 0;  // leading segments that match
  std::size_t bytes = 0;     // matching bytes of the next segment
  std::size_t gap = 0;       // difference in the number of segments
};

std::size_t common_prefix(std::string_view a, std::string_view b) noexcept {
  const std::size_t size = std::min(a.size(), b.size());
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + size, b.begin()).first -
                                  a.begin());
}

bool equal_but_for_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

std::size_t count_segments(std::string_view path) noexcept {
  if (path.size() < 2) return 0;
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) -
         (path.back() == '/' ? 1U : 0U);
}

/// The n-th segment of a canonical path, or "".
std::string_view segment_of(std::string_view path, std::size_t n) noexcept {
  std::size_t at = 1;
  for (; n > 0 && at < path.size(); --n) at = std::min(path.find('/', at), path.size()) + 1;
  return at < path.size() ? path.substr(at, path.find('/', at) - at) : std::string_view();
}

Closeness compare(const TemplateView& view, std::string_view path) {
  Closeness close;
  if (view.match(path, nullptr)) {
    close.segments = count_segments(path);
    return close;
  }
  const std::size_t segments = count_segments(path);
  close.gap = segments > view.count ? segments - view.count : view.count - segments;
  for (; close.segments < std::min(view.count, segments); ++close.segments) {
    const TemplateSegment& wanted = view.segments[close.segments];
    const std::string_view value = segment_of(path, close.segments);
    if (view.fits(wanted, value)) continue;
    const bool literal = wanted.kind == TemplateSegment::kLiteral;
    close.bytes = literal ? common_prefix(view.text_of(wanted), value) : 0;
    close.miss = !literal                                          ? Miss::kShape
                 : equal_but_for_case(view.text_of(wanted), value) ? Miss::kCase
                                                                   : Miss::kLiteral;
    return close;
  }
  close.miss = segments > view.count   ? Miss::kPathGoesOn
               : segments < view.count ? Miss::kPathEnds
                                       : Miss::kSlash;
  if (segments + 1 == view.count && view.segments[segments].kind == TemplateSegment::kTail) {
    close.miss = Miss::kTailIsEmpty;
  }
  return close;
}

}  // namespace

class AllowListNearest {
 public:
  AllowListNearest(const AllowList& list, int rule) {
    const AllowList::Rule& found = list.rules()[rule];
    const std::string_view text = list.text(rule);
    TemplateProblem problem;
    if (!parse_template(text, parsed_, problem)) return;  // cannot happen: it compiled
    unsigned param = 0;
    std::uint8_t shape = 0;
    for (std::size_t i = 0; i < parsed_.count; ++i) {
      if (parsed_.segments[i].kind != TemplateSegment::kParam) continue;
      if ((found.shaped >> param++ & 1U) != 0) parsed_.segments[i].shape = shape++;
    }
    view = {text, parsed_.segments.data(), parsed_.count, parsed_.trailing_slash,
            list.matchers_.data() + found.matchers};
  }
  AllowListNearest(const AllowListNearest&) = delete;
  AllowListNearest& operator=(const AllowListNearest&) = delete;

  TemplateView view;

 private:
  ParsedTemplate parsed_;
};

int AllowList::nearest(std::optional<Method> method, std::string_view canonical_path) const {
  int best = -1;
  // Larger is nearer; an equal rank does not replace an earlier rule.
  std::tuple<bool, std::size_t, std::size_t, bool, std::size_t> best_rank;
  for (int rule = 0; rule < static_cast<int>(rules_); ++rule) {
    const AllowListNearest at(*this, rule);
    const Closeness close = compare(at.view, canonical_path);
    const bool matches = close.miss == Miss::kNothing;
    // A segment with only a wrong shape counts as in place.
    const std::size_t placed = close.segments + (close.miss == Miss::kShape ? 1 : 0);
    if (!matches && placed == 0 && close.bytes == 0) continue;
    const std::tuple rank(matches, placed, close.bytes, method == this->method(rule),
                          limits::kMaxPathBytes - close.gap);
    if (best >= 0 && rank <= best_rank) continue;
    best = rule;
    best_rank = rank;
  }
  return best;
}

std::string AllowList::remark(int rule, std::string_view canonical_path) const {
  if (rule < 0 || static_cast<std::size_t>(rule) >= rules_) return "";
  const AllowListNearest at(*this, rule);
  const Closeness close = compare(at.view, canonical_path);
  switch (close.miss) {
    case Miss::kNothing:
    case Miss::kLiteral:
    case Miss::kPathEnds:
      return "";
    case Miss::kCase:
      return "paths are case-sensitive";
    case Miss::kSlash:
      return "a trailing slash is significant";
    case Miss::kTailIsEmpty:
      return "'*' at the end matches one or more segments";
    case Miss::kPathGoesOn:
      return "only '*' at the end matches more than one segment";
    case Miss::kShape:
      break;
  }
  const TemplateSegment& wanted = at.view.segments[close.segments];
  const ParamMatcher& shape = at.view.matchers[wanted.shape];
  const std::string_view says = shape.rule();
  return filled(":@ must match @; '@' does not@@",
                {at.view.text_of(wanted), shape.describe(),
                 segment_of(canonical_path, close.segments), says.empty() ? "" : ": ", says});
}

}  // namespace portcullis
