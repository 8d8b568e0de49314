// Versions and ranges, exactly as npm's node-semver 7.8 reads them (never `loose`).
//
// What it decides: whether a text is a version (SemVer 2.0.0, with node's leading "v" and outer
// white space), how two versions compare, whether a version is in a range, what a range's
// normalised text is (`new Range(r).range || '*'`), and whether a host satisfies a plugin's
// `engine.experience`.
// What it does not: no coercion ("1.2" is a range, not a version), no increments, no loose mode,
// no comparing of build metadata.
//
// In which order to call it: for one question, `satisfies(version, range)` on texts, which parses
// both and allocates nothing for ranges of usual length. For many questions about one range,
// `parse_range` once and `Range::contains` for each. `check_engine` is the question that hosts ask.
//
// Limits: a version longer than limits::kMaxSemverBytes characters (UTF-16 units, as node counts)
// is none, nor is one with a number above 2^53 - 1. A range has no limit of its own, as in node;
// reading one takes time in proportion to its length.
//
// Errors: an unreadable version or range is an empty optional, and satisfies nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"

namespace portcullis::semver {

/// A version. Build metadata is checked when it is read, and then dropped, as it never counts.
struct Version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string prerelease;  ///< dotted, without the '-'; empty when it is a release

  [[nodiscard]] bool is_prerelease() const noexcept { return !prerelease.empty(); }
  /// "1.2.3-beta.1": what node calls `version`.
  [[nodiscard]] std::string text() const;
};

/// Reads a version. Empty when it is none.
[[nodiscard]] std::optional<Version> parse(std::string_view text);

/// `semver.valid`: the version's text, or empty.
[[nodiscard]] std::optional<std::string> valid(std::string_view text);

/// -1, 0 or 1 by SemVer 2.0.0 precedence (section 11), with node's reading of numbers above
/// 2^53: they compare as doubles, and where two are equal so, what follows them is not compared.
[[nodiscard]] int compare(const Version& a, const Version& b) noexcept;

/// The same on texts, without allocating. Empty when one of them is no version.
[[nodiscard]] std::optional<int> compare(std::string_view a, std::string_view b) noexcept;

enum class Operator : std::uint8_t { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

/// One bound, after carets, tildes, x-ranges and hyphens were expanded.
struct Comparator {
  Operator op = Operator::kEqual;
  Version version;

  /// ">=1.2.3".
  [[nodiscard]] std::string text() const;
};

/// A range: alternatives, each a conjunction of comparators. Immutable, safe to share.
class Range {
 public:
  /// Whether the version is in the range. A pre-release is only in an alternative that names a
  /// pre-release of the same major.minor.patch, unless the range includes pre-releases.
  /// O(comparators), allocates nothing.
  [[nodiscard]] bool contains(const Version& version) const noexcept;

  /// The normalised text, "*" for the range that holds everything.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] bool include_prerelease() const noexcept { return include_prerelease_; }

  /// All comparators, alternative by alternative; `alternative_ends()[i]` is the index behind the
  /// last one of alternative i. An alternative without comparators holds everything.
  [[nodiscard]] const std::vector<Comparator>& comparators() const noexcept { return comparators_; }
  [[nodiscard]] const std::vector<std::uint32_t>& alternative_ends() const noexcept {
    return ends_;
  }

 private:
  friend std::optional<Range> parse_range(std::string_view, bool);
  std::vector<Comparator> comparators_;
  std::vector<std::uint32_t> ends_;
  bool include_prerelease_ = false;
};

/// Reads a range. Empty when it is none. `include_prerelease` changes what x-ranges, carets,
/// tildes and hyphens expand to, so it belongs to the reading.
[[nodiscard]] std::optional<Range> parse_range(std::string_view text,
                                               bool include_prerelease = false);

/// `semver.validRange`: the range's normalised text, or empty.
[[nodiscard]] std::optional<std::string> valid_range(std::string_view text,
                                                     bool include_prerelease = false);

/// `semver.satisfies`: false also when either text cannot be read.
[[nodiscard]] bool satisfies(std::string_view version, std::string_view range,
                             bool include_prerelease = false);
[[nodiscard]] inline bool satisfies(const Version& version, const Range& range) noexcept {
  return range.contains(version);
}

/// Whether a host may run a plugin.
struct Compatibility {
  bool compatible = false;
  /// The host is a pre-release that is only in the range when pre-releases count: a warning.
  bool prerelease_boundary = false;
  /// kAllowed; kSdkPrereleaseBoundary (compatible, with a warning); or why not: kSdkIncompatible,
  /// kSemverInvalidVersion (the host's), kSemverInvalidRange (the plugin's).
  Code code = Code::kSdkIncompatible;
};

/// Judges `engine.experience` against the host's version. Fails closed.
[[nodiscard]] Compatibility check_engine(std::string_view host_version, std::string_view range);

}  // namespace portcullis::semver
