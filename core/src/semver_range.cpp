// Ranges: node-semver's grammar (classes/range.js), expanded comparator by comparator.
//
// node rewrites the text with regular expressions until only plain comparators remain. Here each
// token is parsed once and its comparators go to a sink; the effects of node's rewriting on odd
// tokens are reproduced and noted. A "full" version has three numbers, a "partial" one has an x or
// fewer.
#include <array>
#include <cstring>
#include <string>

#include "portcullis/limits.hpp"
#include "semver_partial.hpp"
#include "semver_scan.hpp"

namespace portcullis::semver::detail {
namespace {

class Reader {
 public:
  Reader(bool include_prerelease, RangeSink& sink) noexcept
      : include_prerelease_(include_prerelease), sink_(sink) {}

  /// Reads one trimmed alternative. `mutable_begin` is a writable copy of the same text, or null if
  /// nothing in it needs changing.
  bool alternative(std::string_view text, char* mutable_begin) {
    if (mutable_begin != nullptr) {
      char* const end = strip_builds(mutable_begin, mutable_begin + text.size());
      text = std::string_view(mutable_begin, static_cast<std::size_t>(end - mutable_begin));
    }
    Partial from;
    Partial to;
    if (scan_hyphen(text, from, to)) return hyphen_from(from) && hyphen_to(to);
    if (mutable_begin != nullptr) {
      char* end = trim_comparators(mutable_begin, mutable_begin + text.size());
      end = trim_tildes_and_carets(mutable_begin, end);
      text = std::string_view(mutable_begin, static_cast<std::size_t>(end - mutable_begin));
    }
    while (!text.empty()) {
      const std::size_t space = text.find(' ');
      if (!token(text.substr(0, space))) return false;
      if (space == std::string_view::npos) break;
      text.remove_prefix(space + 1);
    }
    return true;
  }

 private:
  /// Emits a comparator as node would re-read its text: numbers up to 2^53 - 1, and ">=0.0.0" (with
  /// pre-releases ">=0.0.0-0") is no bound.
  bool emit(Operator op, std::uint64_t major, std::uint64_t minor, std::uint64_t patch,
            std::string_view prerelease, bool can_be_any = true) {
    if (major > kMaxNumber || minor > kMaxNumber || patch > kMaxNumber) return false;
    const std::string_view lowest = include_prerelease_ ? "0" : "";
    if (can_be_any && op == Operator::kGreaterOrEqual && major == 0 && minor == 0 && patch == 0 &&
        prerelease == lowest) {
      return true;
    }
    sink_.comparator(op, VersionView{major, minor, patch, prerelease});
    return true;
  }

  /// The pre-release of a partial version's lower end.
  [[nodiscard]] std::string_view floor() const noexcept { return include_prerelease_ ? "0" : ""; }

  bool at_least(std::uint64_t major, std::uint64_t minor, std::uint64_t patch) {
    return emit(Operator::kGreaterOrEqual, major, minor, patch, floor());
  }
  bool below(std::uint64_t major, std::uint64_t minor, std::uint64_t patch) {
    return emit(Operator::kLess, major, minor, patch, "0");
  }

  /// A full version that node passes on as written. Its "v" counts towards the length limit and
  /// keeps ">=v0.0.0" from being read as "*".
  bool written(Operator op, const Partial& version, std::string_view prerelease) {
    const bool v = version.prefix == "v";
    if (!v && !version.prefix.empty()) return false;
    if (version.prefix.size() + version.text.size() > limits::kMaxSemverBytes) return false;
    return emit(op, version.major.number, version.minor.number, version.patch.number, prerelease,
                !v);
  }

  /// `A - B` (HYPHENRANGE), tried before any other trimming.
  static bool scan_hyphen(std::string_view text, Partial& from, Partial& to) noexcept {
    if (text.find(" - ") == std::string_view::npos) return false;
    const char* at = text.data();
    const char* const end = at + text.size();
    if (*at == ' ') ++at;
    if (!scan_partial(at, end, from)) return false;
    if (end - at < 3 || std::memcmp(at, " - ", 3) != 0) return false;
    at += 3;
    if (!scan_partial(at, end, to)) return false;
    if (at != end && *at == ' ') ++at;
    return at == end;
  }

  /// One end of a hyphen range, which node writes after ">=" or "<=" as is; one space after the
  /// operator is dropped, and only a "v" may remain.
  bool hyphen_written(Operator op, Partial version, std::string_view prerelease) {
    if (!version.prefix.empty() && version.prefix.front() == ' ') version.prefix.remove_prefix(1);
    return written(op, version, prerelease);
  }

  bool hyphen_from(const Partial& from) {
    if (from.major.is_x) return true;
    if (from.minor.is_x) return at_least(from.major.number, 0, 0);
    if (from.patch.is_x) return at_least(from.major.number, from.minor.number, 0);
    return hyphen_written(Operator::kGreaterOrEqual, from,
                          from.prerelease.empty() ? floor() : from.prerelease);
  }

  bool hyphen_to(const Partial& to) {
    if (to.major.is_x) return true;
    if (to.minor.is_x) return below(to.major.number + 1, 0, 0);
    if (to.patch.is_x) return below(to.major.number, to.minor.number + 1, 0);
    if (!to.prerelease.empty()) {
      if (to.text.size() > limits::kMaxSemverBytes) return false;
      return emit(Operator::kLessOrEqual, to.major.number, to.minor.number, to.patch.number,
                  to.prerelease);
    }
    if (include_prerelease_) return below(to.major.number, to.minor.number, to.patch.number + 1);
    return hyphen_written(Operator::kLessOrEqual, to, {});
  }

  bool token(std::string_view text) {
    if (text.empty()) return true;  // contains everything
    Partial version;
    if (text[0] == '^') return scan_whole_partial(text.substr(1), version) && caret(version);
    if (text[0] == '~') {
      const std::size_t length = text.size() > 1 && text[1] == '>' ? 2 : 1;
      return scan_whole_partial(text.substr(length), version) && tilde(version);
    }
    const Bound bound = scan_bound(text);
    if (!scan_whole_partial(text.substr(bound.length), version)) return starred(text);
    if (version.is_full()) return written(bound.op(), version, version.prerelease);
    return x_range(bound, version);
  }

  /// The lower bound of a caret or tilde on a full version.
  bool at_least_version(const Partial& version) {
    if (version.text.size() > limits::kMaxSemverBytes) return false;
    return emit(Operator::kGreaterOrEqual, version.major.number, version.minor.number,
                version.patch.number, version.prerelease);
  }

  // ^1.2.3 is >=1.2.3 <2.0.0-0, ^0.2.3 is <0.3.0-0, ^0.0.3 is <0.0.4-0. Anything after an x is
  // ignored.
  bool caret(const Partial& version) {
    if (version.major.is_x) return true;
    const std::uint64_t major = version.major.number;
    const std::uint64_t minor = version.minor.number;
    if (version.minor.is_x) return at_least(major, 0, 0) && below(major + 1, 0, 0);
    if (version.patch.is_x) {
      return at_least(major, minor, 0) &&
             (major == 0 ? below(0, minor + 1, 0) : below(major + 1, 0, 0));
    }
    if (!at_least_version(version)) return false;
    if (major != 0) return below(major + 1, 0, 0);
    return minor != 0 ? below(0, minor + 1, 0) : below(0, 0, version.patch.number + 1);
  }

  // ~1.2.3 is >=1.2.3 <1.3.0-0, ~1 is >=1.0.0 <2.0.0-0.
  bool tilde(const Partial& version) {
    if (version.major.is_x) return true;
    const std::uint64_t major = version.major.number;
    const std::uint64_t minor = version.minor.number;
    if (version.minor.is_x) return at_least(major, 0, 0) && below(major + 1, 0, 0);
    const bool lower = version.patch.is_x ? at_least(major, minor, 0) : at_least_version(version);
    return lower && below(major, minor + 1, 0);
  }

  // 1.x is >=1.0.0 <2.0.0-0, >1.x is >=2.0.0, <=1.x is <2.0.0-0, >x is empty.
  bool x_range(const Bound& bound, const Partial& version) {
    // A number after an x ("1.x.3"): node leaves the text unchanged, and it is not a comparator.
    const bool number_behind_x =
        (version.major.is_x && !version.minor.is_x) || (version.minor.is_x && !version.patch.is_x);
    if (number_behind_x) return false;
    if (version.major.is_x) {
      return bound.angle != '\0' && !bound.equals ? below(0, 0, 0) : true;
    }
    const std::uint64_t major = version.major.number;
    const std::uint64_t minor = version.minor.number;
    const bool major_only = version.minor.is_x;
    const std::uint64_t next_major = major_only ? major + 1 : major;
    const std::uint64_t next_minor = major_only ? 0 : minor + 1;
    const std::uint64_t this_minor = major_only ? 0 : minor;
    switch (bound.angle) {
      case '>':
        return bound.equals ? at_least(major, this_minor, 0) : at_least(next_major, next_minor, 0);
      case '<':
        return bound.equals ? below(next_major, next_minor, 0) : below(major, this_minor, 0);
      default:
        return at_least(major, this_minor, 0) && below(next_major, next_minor, 0);
    }
  }

  /// A token that is not an x-range: node removes its first star together with the operator before
  /// it and reads the rest as a comparator, so "1.2.3*" is "1.2.3".
  bool starred(std::string_view text) {
    const std::size_t star = text.find('*');
    if (star == std::string_view::npos) return false;
    std::size_t head = star;
    if (head > 0 && text[head - 1] == '=') --head;
    if (head > 0 && (text[head - 1] == '<' || text[head - 1] == '>')) --head;
    const std::string_view tail = text.substr(star + 1);
    std::array<char, limits::kMaxSemverBytes + 4> left;  // an operator and "v" first
    if (head + tail.size() > left.size()) return false;
    std::memcpy(left.data(), text.data(), head);
    std::memcpy(left.data() + head, tail.data(), tail.size());
    const std::string_view joined(left.data(), head + tail.size());
    if (joined.empty()) return true;
    const Bound bound = scan_bound(joined);
    Partial version;
    if (!scan_whole_partial(joined.substr(bound.length), version) || !version.is_full()) {
      return false;
    }
    return written(bound.op(), version, version.prerelease);
  }

  bool include_prerelease_;
  RangeSink& sink_;
};

/// Whether the text needs more than splitting at single spaces.
bool needs_preparing(std::string_view text) noexcept {
  char before = ' ';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '+' || (c >= '\t' && c <= '\r')) return true;
    if (c == ' ' && (before == ' ' || before == '<' || before == '>' || before == '=' ||
                     before == '~' || before == '^')) {
      return true;
    }
    before = c;
  }
  return false;
}

/// Collapses runs of white space. False for a character that no range contains.
bool squeeze(std::string_view text, char* out, std::size_t& length) noexcept {
  length = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t space = space_at(text, i);
    if (space == 0) {
      if (static_cast<unsigned char>(text[i]) >= 0x80) return false;
      out[length++] = text[i++];
      continue;
    }
    i += space;
    if (length == 0 || out[length - 1] != ' ') out[length++] = ' ';
  }
  return true;
}

}  // namespace

bool read_range(std::string_view text, bool include_prerelease, RangeSink& sink) {
  std::array<char, limits::kMaxSemverBytes> near;
  std::string far;  // only for longer ranges that are not plain
  char* scratch = nullptr;
  if (needs_preparing(text)) {
    scratch = near.data();
    if (text.size() > near.size()) {
      far.resize(text.size());
      scratch = far.data();
    }
    std::size_t length = 0;
    if (!squeeze(text, scratch, length)) return false;
    text = std::string_view(scratch, length);
  }
  Reader reader(include_prerelease, sink);
  for (;;) {
    const std::size_t bar = text.find("||");
    std::string_view part = text.substr(0, bar);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    char* const writable =
        scratch == nullptr ? nullptr : scratch + (part.data() - static_cast<const char*>(scratch));
    if (!reader.alternative(part, writable)) return false;
    sink.end_alternative();
    if (bar == std::string_view::npos) return true;
    text.remove_prefix(bar + 2);
  }
}

}  // namespace portcullis::semver::detail
