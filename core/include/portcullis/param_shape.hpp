// param_shape: the values that a ':name' segment accepts.
//
// Decides whether a percent-decoded segment has a shape: a named one of spec/shapes.json
// (hand-written, no regex), a list of values, or a regex (RE2, anchored at both ends, UTF-8, linear
// time). Where the segment may occur is up to path_template.hpp and allow_list.hpp, which compile
// and apply shapes themselves.
//
// A shape that no segment of a canonical path can have is an error: an empty list, a value with '/'
// or a control byte, a regex whose language contains no such segment (decided on its automaton).
//
// matches() allocates nothing and is thread-safe. Limits: limits::kMaxParamChoices,
// kMaxParamChoiceBytes, kMaxParamRegexBytes, kMaxParamRegexInstructions, kMaxParamRegexStates,
// kMaxParamRegexTableEntries.
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
  /// Which of the members `named`, `choices`, `regex` is used.
  enum Kind : std::uint8_t { kNamed, kChoices, kRegex };
  std::string name;                      ///< as in the template, without ':'
  Kind kind = kNamed;                    ///< selects one of the next three members
  NamedShape named = NamedShape::kUuid;  ///< "uuid"
  std::vector<std::string> choices;      ///< ["open", "closed"], decoded values
  std::string regex;                     ///< {"regex": "[a-z]+"}
};

/// Why a template was rejected.
struct TemplateProblem {
  Code code = Code::kAllowed;
  std::string detail;  ///< what is wrong or what to write, without a full stop
  std::string param;   ///< the key of `params` concerned; "" for the template itself
};

/// Parses a shape's name, e.g. "uuid". Empty if unknown (the caller reports
/// TEMPLATE_UNKNOWN_SHAPE).
[[nodiscard]] std::optional<NamedShape> parse_shape(std::string_view name) noexcept;
/// The shape's name.
[[nodiscard]] std::string_view name(NamedShape shape) noexcept;
/// Whether the decoded segment has this named shape. O(length), no heap.
[[nodiscard]] bool matches_shape(NamedShape shape, std::string_view decoded) noexcept;

/// A compiled shape. Movable; const members are thread-safe.
class ParamMatcher {
 public:
  /// Returns nullopt for an invalid spec; `problem` says why (TEMPLATE_BAD_CHOICES,
  /// TEMPLATE_BAD_REGEX).
  [[nodiscard]] static std::optional<ParamMatcher> compile(const ParamSpec& spec,
                                                           TemplateProblem& problem);

  /// Whether the percent-decoded segment has this shape. Full match, case-sensitive.
  [[nodiscard]] bool matches(std::string_view decoded) const noexcept;
  /// Whether both were written alike: equal kind, and equal name, set of values or regex source.
  [[nodiscard]] bool same_as(const ParamMatcher& other) const noexcept;
  /// Size in bytes of the shortest matching segment in a canonical path.
  [[nodiscard]] std::size_t min_encoded_bytes() const noexcept;
  /// A description for people: "uuid", "one of open, closed", "regex [a-z]+".
  [[nodiscard]] std::string describe() const;
  /// The rule of a named shape, for people. Empty for choices and regexes, which describe() shows.
  [[nodiscard]] std::string_view rule() const noexcept;

  /// The kind of shape.
  [[nodiscard]] ParamSpec::Kind kind() const noexcept { return kind_; }
  /// Sorted and unique; empty unless kind() is kChoices.
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
