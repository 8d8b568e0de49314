// Versions and ranges, exactly as npm's node-semver 7.8 reads them (never `loose`).
//
// Decides whether a text is a version (SemVer 2.0.0, plus node's leading "v" and outer white
// space), how versions compare, whether a range contains a version, a range's normalised text (`new
// Range(r).range || '*'`), and whether a host satisfies a plugin's `engine.experience`. No
// coercion, increments, loose mode or comparison of build metadata.
//
// For one question use satisfies() on texts, which allocates nothing for ranges of usual length;
// for many, parse_range() once. Invalid input gives an empty optional and satisfies nothing.
// Thread-safe.
//
// Limits: a version has at most limits::kMaxSemverBytes characters (UTF-16 units, as in node) and
// numbers up to 2^53 - 1. Ranges have no limit, as in node; parsing is linear.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"

namespace portcullis::semver {

/// A version. Build metadata is validated and then dropped, because it never counts.
struct Version {
  /// The three numbers, each at most 2^53 - 1.
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string prerelease;  ///< dotted, without the '-'; empty for a release

  /// Whether it has a pre-release part.
  [[nodiscard]] bool is_prerelease() const noexcept { return !prerelease.empty(); }
  /// "1.2.3-beta.1": node's `version`.
  [[nodiscard]] std::string text() const;
};

/// Parses a version. Empty if invalid.
[[nodiscard]] std::optional<Version> parse(std::string_view text);

/// `semver.valid`: the version's text; empty if invalid.
[[nodiscard]] std::optional<std::string> valid(std::string_view text);

/// Compares by SemVer 2.0.0 precedence (section 11): -1, 0 or 1. As in node, numbers above 2^53
/// compare as doubles; if two are equal that way, the comparison ends there.
[[nodiscard]] int compare(const Version& a, const Version& b) noexcept;

/// The same on texts, without allocation. Empty if either is not a version.
[[nodiscard]] std::optional<int> compare(std::string_view a, std::string_view b) noexcept;

/// The operator of a comparator.
enum class Operator : std::uint8_t { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

/// One bound, after expansion of carets, tildes, x-ranges and hyphens.
struct Comparator {
  /// How `version` bounds the range.
  Operator op = Operator::kEqual;
  /// The bound.
  Version version;

  /// E.g. ">=1.2.3".
  [[nodiscard]] std::string text() const;
};

/// A range: alternatives, each a conjunction of comparators. Immutable; thread-safe.
class Range {
 public:
  /// Whether the range contains the version. A pre-release needs an alternative that names a
  /// pre-release of the same major.minor.patch, unless the range includes pre-releases.
  /// O(comparators); allocates nothing.
  [[nodiscard]] bool contains(const Version& version) const noexcept;

  /// The normalised text; "*" for the range that contains everything.
  [[nodiscard]] std::string text() const;

 private:
  friend std::optional<Range> parse_range(std::string_view, bool);
  std::vector<Comparator> comparators_;
  std::vector<std::uint32_t> ends_;
  bool include_prerelease_ = false;
};

/// Parses a range; empty if invalid. `include_prerelease` changes how x-ranges, carets, tildes and
/// hyphens expand, so it is needed here.
[[nodiscard]] std::optional<Range> parse_range(std::string_view text,
                                               bool include_prerelease = false);

/// `semver.validRange`: the normalised text; empty if invalid.
[[nodiscard]] std::optional<std::string> valid_range(std::string_view text,
                                                     bool include_prerelease = false);

/// `semver.satisfies`: false if either text is invalid.
[[nodiscard]] bool satisfies(std::string_view version, std::string_view range,
                             bool include_prerelease = false);
/// Whether the range contains the version.
[[nodiscard]] inline bool satisfies(const Version& version, const Range& range) noexcept {
  return range.contains(version);
}

/// Whether a host may run a plugin.
struct Compatibility {
  /// The verdict.
  bool compatible = false;
  /// The host is a pre-release that is in the range only if pre-releases count: a warning.
  bool prerelease_boundary = false;
  /// kAllowed; kSdkPrereleaseBoundary (compatible, with a warning); or the reason:
  /// kSdkIncompatible, kSemverInvalidVersion (the host's), kSemverInvalidRange (the plugin's).
  Code code = Code::kSdkIncompatible;
};

/// Checks the host's version against `engine.experience`. Fails closed.
[[nodiscard]] Compatibility check_engine(std::string_view host_version, std::string_view range);

}  // namespace portcullis::semver
