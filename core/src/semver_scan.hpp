// Internal to the semver module: views, scanners and the sink for ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "portcullis/semver.hpp"

namespace portcullis::semver::detail {

/// Number.MAX_SAFE_INTEGER. A larger number is read as this plus one and rejected where it counts.
inline constexpr std::uint64_t kMaxNumber = 9007199254740991;

/// A version whose pre-release is a view.
struct VersionView {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string_view prerelease;
};

inline VersionView view(const Version& version) noexcept {
  return {version.major, version.minor, version.patch, version.prerelease};
}

int compare(const VersionView& a, const VersionView& b) noexcept;
bool holds(Operator op, const VersionView& version, const VersionView& bound) noexcept;
inline bool same_triple(const VersionView& a, const VersionView& b) noexcept {
  return a.major == b.major && a.minor == b.minor && a.patch == b.patch;
}

/// `new SemVer(text)`.
bool parse_version(std::string_view text, VersionView& out) noexcept;

// Scanners: each moves `at` past what it read. If it returns false, `at` is unspecified.
inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
inline bool is_identifier(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/// 0 | [1-9]\d*
bool scan_number(const char*& at, const char* end, std::uint64_t& value) noexcept;
/// Scans dot-separated identifiers, after the '-'.
bool scan_prerelease(const char*& at, const char* end, std::string_view& out) noexcept;

/// The size in bytes of the white space character (JavaScript's \s) at `at`; 0 if there is none.
std::size_t space_at(std::string_view text, std::size_t at) noexcept;
/// JavaScript's trim().
std::string_view trim(std::string_view text) noexcept;

/// Receives a range while it is read. Views are valid during the call only.
class RangeSink {
 public:
  virtual void comparator(Operator op, const VersionView& bound) = 0;
  virtual void end_alternative() = 0;

 protected:
  ~RangeSink() = default;
};

/// Reads a range into a sink: expanded comparators in order, without those that contain everything.
/// False for an invalid range, of which the sink may have received a part.
bool read_range(std::string_view text, bool include_prerelease, RangeSink& sink);

/// node's preparation of an alternative's text before it is split at spaces, in its order. All
/// shrink the text in place and return its new end.
char* strip_builds(char* begin, char* end) noexcept;
char* trim_comparators(char* begin, char* end) noexcept;
char* trim_tildes_and_carets(char* begin, char* end) noexcept;

}  // namespace portcullis::semver::detail
