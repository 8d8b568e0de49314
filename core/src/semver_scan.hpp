// Inside the semver module: views, scanners and the sink that ranges are read into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "portcullis/semver.hpp"

namespace portcullis::semver::detail {

/// Number.MAX_SAFE_INTEGER. A larger number is read as this plus one, and refused where it counts.
inline constexpr std::uint64_t kMaxNumber = 9007199254740991;

/// A version whose pre-release lies in somebody else's text.
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

// Scanners: each moves `at` behind what it read. On false, `at` is anywhere.
inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
inline bool is_identifier(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/// 0 | [1-9]\d*
bool scan_number(const char*& at, const char* end, std::uint64_t& value) noexcept;
/// What follows the '-': identifiers with dots between them.
bool scan_prerelease(const char*& at, const char* end, std::string_view& out) noexcept;

/// The bytes of the white space character (JavaScript's \s) at `at`, 0 when there is none.
std::size_t space_at(std::string_view text, std::size_t at) noexcept;
/// JavaScript's trim().
std::string_view trim(std::string_view text) noexcept;

/// Takes a range apart as it is read. Views hold during the call only.
class RangeSink {
 public:
  virtual void comparator(Operator op, const VersionView& bound) = 0;
  virtual void end_alternative() = 0;

 protected:
  ~RangeSink() = default;
};

/// Reads a range into a sink: expanded comparators in order, without those that hold everything.
/// False when it is no range; the sink may then have been given a part.
bool read_range(std::string_view text, bool include_prerelease, RangeSink& sink);

/// What node does to an alternative's text before it is split at spaces, in its order. All shrink
/// the text in place and return its new end.
char* strip_builds(char* begin, char* end) noexcept;
char* trim_comparators(char* begin, char* end) noexcept;
char* trim_tildes_and_carets(char* begin, char* end) noexcept;

}  // namespace portcullis::semver::detail
