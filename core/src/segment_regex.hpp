// segment_regex: a regex that a whole path segment has to match.
//
// Decides: whether a decoded segment is in the regex's language, anchored at both ends, in UTF-8,
// and whether any segment of a canonical path can be at all. RE2 reads the regex and makes its
// automaton; what is kept is a table, so that a match is a look-up for each byte, takes no lock and
// allocates nothing. An automaton over kMaxParamRegexStates or kMaxParamRegexTableEntries is
// refused, not run slower.
// Does not decide: what stands around it; that is param_shape.hpp's.
//
// Every answer follows from the regex alone, never from the size of a pointer, so that both hosts
// agree.
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
  /// Null when RE2 does not take the regex, it is too large, or no segment can match it (an empty
  /// language, "a/b", "\n", "$a", "\.\."): `why` is then a sentence. O(states * classes of bytes).
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
  /// For each state, where each class of bytes leads, and last whether a text may end here: a state
  /// or kDead. Empty: nothing matches.
  std::vector<std::uint16_t> table_;
  std::size_t columns_ = 0;
  std::array<std::uint8_t, 256> class_of_{};
};

}  // namespace portcullis
