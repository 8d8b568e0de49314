// path_template: one template such as /api/orders/:id/lines/*, compiled and matched on its own.
//
// Decides: whether a canonical path matches a template, and what its parameters are then.
// Does not decide: which of several templates wins (allow_list.hpp), whether a rule may name the
// path (reaches_reserved() only says that it would), nor anything about methods.
//
// Grammar: '/' and segments between slashes.
//   literal   any canonical segment; compared byte by byte, case-sensitively
//   :name     one non-empty segment; name is letters, digits and '_'; a shape may be given in
//   params
//   *         one non-empty segment in the middle; one or more at the very end (then with or
//   without
//             a trailing slash behind them). It captures nothing.
// A trailing slash is significant: /a/ matches /a/ only. In "/a/*/" the star is in the middle.
// What is judged is text that is already canonical: a template that is not (percent-encoded
// unreserved characters, lower-case hex, dot or empty segments, a query, raw '{' or spaces) could
// never match and is an error with its code, as is every other template that never could.
//
// Order of calls: compile() once, then match() with CanonicalPath::path() as often as needed.
// Immutable and safe to share between threads. match() is O(path); it allocates only to give params
// back.
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

/// Names and percent-decoded values, in the template's order.
using Params = std::vector<std::pair<std::string, std::string>>;

/// One segment of a template. Plain data: offsets into the template's text.
struct TemplateSegment {
  enum Kind : std::uint8_t { kLiteral, kParam, kStar, kTail };
  static constexpr std::uint8_t kAnyShape = 0xff;
  std::uint16_t offset = 0;  ///< of the literal, or of the name behind ':'
  std::uint16_t length = 0;
  Kind kind = kLiteral;
  std::uint8_t shape = kAnyShape;  ///< index into the template's matchers
};

class PathTemplate {
 public:
  /// Nothing when the template or its params are wrong; `problem` then has the first reason.
  /// Reserved paths are not looked at: see reaches_reserved().
  [[nodiscard]] static std::optional<PathTemplate> compile(std::string_view text,
                                                           const std::vector<ParamSpec>& params,
                                                           TemplateProblem& problem);

  /// Whether `canonical_path` (from CanonicalPath::path()) matches. When it does and `params` is
  /// given, it is replaced by the captures; else it is left alone.
  [[nodiscard]] bool match(std::string_view canonical_path, Params* params = nullptr) const;

  /// Whether some path at or below a prefix that only the host may call (reserved.hpp: /auth,
  /// /access, /api/plugins, apart from its exceptions) matches. Shapes are considered: /api/:x
  /// does, /api/:x with the shape int does not.
  [[nodiscard]] bool reaches_reserved() const;
  /// Whether some path at or below `prefix` (canonical, without a trailing slash) matches.
  [[nodiscard]] bool reaches(std::string_view prefix) const;

  /// Whether some path matches both. Never false when one does; may be true where only shapes of
  /// two parameters exclude each other.
  [[nodiscard]] bool may_meet(const PathTemplate& other) const;

  /// As it was written.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] const std::vector<TemplateSegment>& segments() const noexcept { return segments_; }
  [[nodiscard]] const std::vector<ParamMatcher>& matchers() const noexcept { return matchers_; }
  [[nodiscard]] bool trailing_slash() const noexcept { return trailing_slash_; }
  /// How many of the shapes are regexes; they are counted per plugin.
  [[nodiscard]] std::size_t regexes() const noexcept;

 private:
  PathTemplate() = default;

  std::string text_;
  std::vector<TemplateSegment> segments_;
  std::vector<ParamMatcher> matchers_;
  bool trailing_slash_ = false;
};

}  // namespace portcullis
