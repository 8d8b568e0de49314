// The grammar of path templates, without a heap: shared by PathTemplate, which owns one template,
// and AllowList, which compiles hundreds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "portcullis/limits.hpp"
#include "portcullis/path_template.hpp"

namespace portcullis {

struct ParsedTemplate {
  std::array<TemplateSegment, limits::kMaxTemplateSegments> segments;
  std::uint8_t count = 0;
  bool trailing_slash = false;
};

/// Reads the text. Shapes are not bound yet.
[[nodiscard]] bool parse_template(std::string_view text, ParsedTemplate& out,
                                  TemplateProblem& problem);

/// The sentence of TEMPLATE_LITERAL_COLON; '@' is what literal_parameter() gives.
inline constexpr const char* kLiteralColon =
    "'@' inside of a segment is plain text; for a parameter write the whole segment as ':name' "
    "with "
    "a regex";

/// What looks like a parameter but is literal text, as ':id' in "/order-:id"; "" when there is
/// none. A word with a verb ("/orders:batchGet") is meant as it stands.
[[nodiscard]] std::string_view literal_parameter(std::string_view text) noexcept;

/// Compiles the shapes, appends them to `matchers` in the order of the template's segments, and
/// sets TemplateSegment::shape relative to the first one appended. On a problem `matchers` is as
/// it was.
[[nodiscard]] bool bind_params(std::string_view text, ParsedTemplate& parsed,
                               const std::vector<ParamSpec>& specs,
                               std::vector<ParamMatcher>& matchers, TemplateProblem& problem);

/// A template, whoever owns it.
struct TemplateView {
  std::string_view text;
  const TemplateSegment* segments = nullptr;
  std::size_t count = 0;
  bool trailing_slash = false;
  const ParamMatcher* matchers = nullptr;  ///< TemplateSegment::shape counts from here

  std::string_view text_of(const TemplateSegment& segment) const noexcept {
    return text.substr(segment.offset, segment.length);
  }
  /// Whether one segment of a canonical path (still encoded) fits one of the template.
  bool fits(const TemplateSegment& segment, std::string_view value) const noexcept;
  bool match(std::string_view canonical_path, Params* params) const;
  bool reaches(std::string_view prefix) const noexcept;
  bool reaches_reserved() const noexcept;

 private:
  bool only_reaches_exceptions(std::string_view prefix) const noexcept;
};

/// Whether a segment of a canonical path has this shape: decodes into a buffer of its own.
bool shape_fits(const ParamMatcher& matcher, std::string_view segment) noexcept;

}  // namespace portcullis
