// segment_regex: a regex that a whole path segment must match.
//
// Decides whether a decoded segment is in the regex's language, anchored at both ends, in UTF-8,
// and whether any canonical segment can be. RE2 parses the regex and builds its automaton; only a
// table is kept, so a match is one look-up per byte without locks or allocation. An automaton over
// kMaxParamRegexStates or kMaxParamRegexTableEntries is rejected, not run slower. Results depend on
// the regex alone, never on pointer size, so both hosts agree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis {

class SegmentRegex {
 public:
  /// Returns null, with a sentence in `why`, if RE2 rejects the regex, it is too large, or no
  /// segment can match it (an empty language, "a/b", "\n", "$a", "\.\."). O(states * byte classes).
  [[nodiscard]] static std::unique_ptr<const SegmentRegex> compile(std::string_view source,
                                                                   std::string& why);

  /// Full match, case-sensitive unless the regex says otherwise. O(bytes).
  [[nodiscard]] bool matches(std::string_view decoded) const noexcept;
  [[nodiscard]] const std::string& source() const noexcept { return source_; }

 private:
  SegmentRegex() = default;
  [[nodiscard]] bool build_table(std::string& why);
  [[nodiscard]] bool some_segment_matches() const;

  std::string source_;
  /// Per state: the next state (or kDead) for each byte class, then whether a text may end here.
  /// Empty if nothing matches.
  std::vector<std::uint16_t> table_;
  std::size_t columns_ = 0;
  std::array<std::uint8_t, 256> class_of_{};
};

}  // namespace portcullis
