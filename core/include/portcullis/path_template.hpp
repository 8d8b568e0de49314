// path_template: one template such as /api/orders/:id/lines/*, compiled and matched on its own.
//
// Decides whether a canonical path matches a template, and its parameters. Precedence between
// templates and methods are allow_list.hpp's.
//
// Grammar: segments, each after a '/'.
//   literal   any canonical segment; compared byte by byte, case-sensitive
//   :name     one non-empty segment; name is letters, digits and '_'; may have a shape in params
//   *         in the middle: one non-empty segment; at the end: one or more, with or without a
//             trailing slash. Not captured.
// A trailing slash is significant: /a/ matches /a/ only. In "/a/*/" the star is in the middle. A
// template that is not canonical (percent-encoded unreserved characters, lower-case hex, dot or
// empty segments, a query, raw '{' or spaces) or can never match for another reason is an error.
//
// Immutable; const members are thread-safe. match() is O(path) and allocates only for params.
// Limits: limits::kMaxTemplateBytes, kMaxTemplateSegments, kMaxTemplateParams, kMaxParamNameBytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/param_shape.hpp"

namespace portcullis {

/// Names and percent-decoded values, in template order.
using Params = std::vector<std::pair<std::string, std::string>>;

/// One segment of a template, as offsets into the template's text.
struct TemplateSegment {
  /// kTail is '*' at the end.
  enum Kind : std::uint8_t { kLiteral, kParam, kStar, kTail };
  /// Value of `shape` for a parameter without one.
  static constexpr std::uint8_t kAnyShape = 0xff;
  std::uint16_t offset = 0;  ///< of the literal, or of the name after ':'
  /// In bytes.
  std::uint16_t length = 0;
  Kind kind = kLiteral;
  std::uint8_t shape = kAnyShape;  ///< index into the template's matchers
};

/// A compiled template.
class PathTemplate {
 public:
  /// Returns nullopt for an invalid template or params; `problem` holds the first reason. Does not
  /// reject reserved paths: see reaches_reserved().
  [[nodiscard]] static std::optional<PathTemplate> compile(std::string_view text,
                                                           const std::vector<ParamSpec>& params,
                                                           TemplateProblem& problem);

  /// Whether `canonical_path` (from CanonicalPath::path()) matches. On a match, `params` (if given)
  /// is replaced by the captures; otherwise it is left alone.
  [[nodiscard]] bool match(std::string_view canonical_path, Params* params = nullptr) const;

  /// Whether the template matches any path at or below a prefix that only the host may call
  /// (reserved.hpp: /auth, /access, /api/plugins, minus its exceptions). Considers shapes: /api/:x
  /// does, /api/:x with the shape int does not.
  [[nodiscard]] bool reaches_reserved() const;
  /// Whether it matches any path at or below `prefix` (canonical, without trailing slash).
  [[nodiscard]] bool reaches(std::string_view prefix) const;

  /// Whether some path may match both. Never a false "no"; may be a false "yes" if only the shapes
  /// of two parameters exclude each other.
  [[nodiscard]] bool may_meet(const PathTemplate& other) const;

  /// The template as written.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Its segments, in order.
  [[nodiscard]] const std::vector<TemplateSegment>& segments() const noexcept { return segments_; }
  /// Its compiled shapes, in order.
  [[nodiscard]] const std::vector<ParamMatcher>& matchers() const noexcept { return matchers_; }
  /// Whether it ends in '/'.
  [[nodiscard]] bool trailing_slash() const noexcept { return trailing_slash_; }

 private:
  PathTemplate() = default;

  std::string text_;
  std::vector<TemplateSegment> segments_;
  std::vector<ParamMatcher> matchers_;
  bool trailing_slash_ = false;
};

}  // namespace portcullis
