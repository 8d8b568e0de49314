// Matching one template, and finding out what it could match.
#include <algorithm>

#include "bytes_equal.hpp"
#include "path_bytes.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/reserved.hpp"
#include "template_parse.hpp"

namespace portcullis {
namespace {

/// Iterates over the segments of a canonical path.
class Segments {
 public:
  explicit Segments(std::string_view path) noexcept : path_(path) {}
  /// Returns false at the end; a trailing slash begins no segment.
  bool next(std::string_view& segment) noexcept {
    if (at_ >= path_.size()) return false;
    std::size_t end = at_;  // segments are short: a loop beats a memchr call
    while (end < path_.size() && path_[end] != '/') ++end;
    segment = path_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }

 private:
  std::string_view path_;
  std::size_t at_ = 1;
};

}  // namespace

bool shape_fits(const ParamMatcher& matcher, std::string_view segment) noexcept {
  if (segment.find('%') == std::string_view::npos) return matcher.matches(segment);
  char decoded[limits::kMaxPathBytes];
  if (segment.size() > sizeof decoded) return false;
  const std::ptrdiff_t size = path_bytes::decode(segment, decoded);
  return size >= 0 && matcher.matches({decoded, static_cast<std::size_t>(size)});
}

bool TemplateView::fits(const TemplateSegment& segment, std::string_view value) const noexcept {
  switch (segment.kind) {
    case TemplateSegment::kLiteral:
      return bytes_equal(value, text_of(segment));
    case TemplateSegment::kParam:
      return segment.shape == TemplateSegment::kAnyShape ||
             shape_fits(matchers[segment.shape], value);
    case TemplateSegment::kStar:
    case TemplateSegment::kTail:
      return true;
  }
  return false;
}

bool TemplateView::match(std::string_view canonical_path, Params* params) const {
  if (canonical_path.empty() || canonical_path[0] != '/') return false;
  Segments rest(canonical_path);
  std::string_view value;
  bool tail = false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!rest.next(value) || !fits(segments[i], value)) return false;
    tail = segments[i].kind == TemplateSegment::kTail;
  }
  if (!tail && (rest.next(value) || (canonical_path.back() == '/') != trailing_slash)) return false;
  if (params == nullptr) return true;
  params->clear();
  Segments again(canonical_path);
  for (std::size_t i = 0; i < count && again.next(value); ++i) {
    if (segments[i].kind != TemplateSegment::kParam) continue;
    params->emplace_back(text_of(segments[i]), std::string());
    percent_decode_segment(value, params->back().second);
  }
  return true;
}

bool TemplateView::reaches(std::string_view prefix) const noexcept {
  std::size_t at = 1;
  for (std::size_t i = 0; at < prefix.size(); ++i) {
    if (i == count) return false;
    const TemplateSegment& segment = segments[i];
    std::size_t end = at;
    if (segment.kind == TemplateSegment::kLiteral) {
      end += segment.length;
      if (end > prefix.size() || (end < prefix.size() && prefix[end] != '/')) return false;
    } else {
      while (end < prefix.size() && prefix[end] != '/') ++end;
    }
    if (!fits(segment, prefix.substr(at, end - at))) return false;
    if (segment.kind == TemplateSegment::kTail) return true;  // it matches the rest as well
    at = end + 1;
  }
  return true;  // the rest can always be matched: compile() guarantees it
}

/// Whether each matching path below `prefix` is one of reserved::kApiExceptions. Only literals and
/// one-of shapes can guarantee that.
bool TemplateView::only_reaches_exceptions(std::string_view prefix) const noexcept {
  if (trailing_slash) return false;
  const auto depth = static_cast<std::size_t>(std::count(prefix.begin(), prefix.end(), '/'));
  if (count != depth + 1) return false;
  const TemplateSegment& last = segments[depth];
  const auto excepted = [prefix](std::string_view value) {
    return std::any_of(reserved::kApiExceptions.begin(), reserved::kApiExceptions.end(),
                       [prefix, value](std::string_view path) {
                         return path.size() == prefix.size() + 1 + value.size() &&
                                path.substr(0, prefix.size()) == prefix &&
                                path.substr(prefix.size() + 1) == value;
                       });
  };
  if (last.kind == TemplateSegment::kLiteral) return excepted(text_of(last));
  if (last.kind != TemplateSegment::kParam || last.shape == TemplateSegment::kAnyShape)
    return false;
  const std::vector<std::string>& choices = matchers[last.shape].choices();
  return !choices.empty() && std::all_of(choices.begin(), choices.end(), excepted);
}

bool TemplateView::reaches_reserved() const noexcept {
  return std::any_of(reserved::kApiPrefixes.begin(), reserved::kApiPrefixes.end(),
                     [this](std::string_view prefix) {
                       return reaches(prefix) && !only_reaches_exceptions(prefix);
                     });
}

}  // namespace portcullis
