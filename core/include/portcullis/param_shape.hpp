// param_shape: what the value of a ':name' segment may look like.
//
// Decides: whether a percent-decoded path segment has a shape: one of the named ones of
// spec/shapes.json (matched by hand-written code, no regex), one of a list, or a regex (RE2,
// anchored at both ends, UTF-8, linear time).
// Does not decide: where the segment stands; that is path_template.hpp's and allow_list.hpp's.
//
// Order of calls: fill a ParamSpec from the rule's `params`, ParamMatcher::compile() it once, then
// matches() for each segment. PathTemplate and AllowList do all of this themselves.
//
// A shape that no segment of a canonical path can have is an error (fail closed, and a rule that
// never matches is a mistake that its author wants to hear about): an empty list, a choice with a
// '/' or a control byte, a regex whose language holds no such segment (decided on its automaton).
//
// matches() allocates nothing and is safe to call from any thread.
// Limits: limits::kMaxParamChoices, kMaxParamChoiceBytes, kMaxParamRegexBytes,
// kMaxParamRegexInstructions, kMaxParamRegexStates and kMaxParamRegexTableEntries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/shapes.hpp"

namespace portcullis {

class SegmentRegex;

/// One entry of a rule's `params`.
struct ParamSpec {
  enum Kind : std::uint8_t { kNamed, kChoices, kRegex };
  std::string name;                      ///< as in the template, without ':'
  Kind kind = kNamed;                    ///< which of the next three counts
  NamedShape named = NamedShape::kUuid;  ///< "uuid"
  std::vector<std::string> choices;      ///< ["open", "closed"], decoded values
  std::string regex;                     ///< {"regex": "[a-z]+"}
};

/// Why a template was refused. Never an exception.
struct TemplateProblem {
  Code code = Code::kAllowed;
  std::string detail;  ///< a sentence that says what to change
  std::string param;   ///< the key of `params` that it is about; "" for the template itself
};

/// The shape of this name ("uuid"), or nothing (the caller reports TEMPLATE_UNKNOWN_SHAPE).
[[nodiscard]] std::optional<NamedShape> parse_shape(std::string_view name) noexcept;
/// The shape's name.
[[nodiscard]] std::string_view name(NamedShape shape) noexcept;
/// Whether the decoded segment has this named shape. O(length), no heap.
[[nodiscard]] bool matches_shape(NamedShape shape, std::string_view decoded) noexcept;

/// A compiled shape.
class ParamMatcher {
 public:
  /// Nothing when the spec is wrong; `problem` says why (TEMPLATE_BAD_CHOICES, TEMPLATE_BAD_REGEX).
  [[nodiscard]] static std::optional<ParamMatcher> compile(const ParamSpec& spec,
                                                           TemplateProblem& problem);

  /// Whether the percent-decoded segment has this shape. Full match, case-sensitive.
  [[nodiscard]] bool matches(std::string_view decoded) const noexcept;
  /// Whether both accept the same values for the same written reason: equal kind, and equal name,
  /// set of choices or regex source.
  [[nodiscard]] bool same_as(const ParamMatcher& other) const noexcept;
  /// The fewest bytes that a matching segment takes up in a canonical path.
  [[nodiscard]] std::size_t min_encoded_bytes() const noexcept;
  /// For a person: "uuid", "one of open, closed", "regex [a-z]+".
  [[nodiscard]] std::string describe() const;
  /// For a person, of a named shape: what a value has to be. "" for choices and regexes, which
  /// describe() shows.
  [[nodiscard]] std::string_view rule() const noexcept;

  [[nodiscard]] ParamSpec::Kind kind() const noexcept { return kind_; }
  /// Sorted, without doubles; empty unless kind() is kChoices.
  [[nodiscard]] const std::vector<std::string>& choices() const noexcept { return choices_; }

 private:
  ParamSpec::Kind kind_ = ParamSpec::kNamed;
  NamedShape named_ = NamedShape::kUuid;
  std::vector<std::string> choices_;
  struct Delete {
    void operator()(const SegmentRegex* regex) const noexcept;
  };
  std::unique_ptr<const SegmentRegex, Delete> regex_;
};

}  // namespace portcullis
