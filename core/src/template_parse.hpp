// The grammar of path templates, without heap: shared by PathTemplate, which owns one template, and
// AllowList, which compiles hundreds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "filled.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/path_template.hpp"

namespace portcullis {

struct ParsedTemplate {
  std::array<TemplateSegment, limits::kMaxTemplateSegments> segments;
  std::uint8_t count = 0;
  bool trailing_slash = false;
};

/// Parses the text. Shapes are not bound yet.
[[nodiscard]] bool parse_template(std::string_view text, ParsedTemplate& out,
                                  TemplateProblem& problem);

/// The sentence of TEMPLATE_LITERAL_COLON; '@' is the result of literal_parameter().
inline constexpr Pattern<1> kLiteralColon =
    "'@' inside a segment is literal text; for a parameter write the whole segment as ':name' "
    "with "
    "a regex";

/// Returns text that looks like a parameter but is literal, such as ':id' in "/order-:id"; "" if
/// there is none. A word with a verb ("/orders:batchGet") is intentional.
[[nodiscard]] std::string_view literal_parameter(std::string_view text) noexcept;

/// Compiles the shapes, appends them to `matchers` in segment order, and sets
/// TemplateSegment::shape relative to the first one appended. On a problem `matchers` is unchanged.
[[nodiscard]] bool bind_params(std::string_view text, ParsedTemplate& parsed,
                               const std::vector<ParamSpec>& specs,
                               std::vector<ParamMatcher>& matchers, TemplateProblem& problem);

/// A non-owning view of a template.
struct TemplateView {
  std::string_view text;
  const TemplateSegment* segments = nullptr;
  std::size_t count = 0;
  bool trailing_slash = false;
  const ParamMatcher* matchers = nullptr;  ///< TemplateSegment::shape is an index into these

  std::string_view text_of(const TemplateSegment& segment) const noexcept {
    return text.substr(segment.offset, segment.length);
  }
  /// Whether a segment of a canonical path (still encoded) matches one of the template.
  bool fits(const TemplateSegment& segment, std::string_view value) const noexcept;
  bool match(std::string_view canonical_path, Params* params) const;
  bool reaches(std::string_view prefix) const noexcept;
  bool reaches_reserved() const noexcept;

 private:
  bool only_reaches_exceptions(std::string_view prefix) const noexcept;
};

/// Whether a segment of a canonical path has this shape; decodes into its own buffer.
bool shape_fits(const ParamMatcher& matcher, std::string_view segment) noexcept;

}  // namespace portcullis
