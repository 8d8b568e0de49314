#include "segment_regex.hpp"

#include <algorithm>

#include "filled.hpp"
#include "path_bytes.hpp"
#include "portcullis/limits.hpp"

// Prog and Regexp are not public RE2 API. Both hosts build the same pinned RE2, and there is no
// other way to find out what a regex can match.
#include "re2/prog.h"
#include "re2/regexp.h"

namespace portcullis {
namespace {

constexpr std::uint16_t kDead = 0xffff;
/// Memory of the first attempt at an automaton; most regexes need a few kilobytes.
constexpr std::int64_t kFirstBytes = std::int64_t{1} << 16;
/// An upper bound for one RE2 state: four bytes per instruction, one pointer per byte class.
constexpr std::int64_t kMaxStateBytes =
    std::int64_t{4} * static_cast<std::int64_t>(limits::kMaxParamRegexInstructions) + 257 * 8 + 256;
constexpr std::int64_t kLastBytes =
    static_cast<std::int64_t>(limits::kMaxParamRegexStates) * kMaxStateBytes;

/// RE2 gives instructions a quarter of its budget, less a Prog; this permits the same number of
/// them on every host.
constexpr std::int64_t kCompileBytes = static_cast<std::int64_t>(
    sizeof(re2::Prog) + 4 * sizeof(re2::Prog::Inst) * limits::kMaxParamRegexInstructions);

/// Returns null if the regex is too large.
std::unique_ptr<re2::Prog> compile_anchored(const std::string& source, std::string& why) {
  re2::RegexpStatus status;
  re2::Regexp* const regex = re2::Regexp::Parse(
      source, re2::Regexp::ClassNL | re2::Regexp::LikePerl | re2::Regexp::NeverCapture, &status);
  if (regex == nullptr) {
    why = filled("RE2 rejects the regex: @", {status.Text()});
    return nullptr;
  }
  std::unique_ptr<re2::Prog> prog(regex->CompileToProg(kCompileBytes));
  regex->Decref();
  if (prog == nullptr) {
    why = filled("the regex is too large: it compiles to more than @ RE2 instructions",
                 {limits::kMaxParamRegexInstructions});
    return nullptr;
  }
  prog->set_anchor_start(true);
  prog->set_anchor_end(true);
  prog->set_start_unanchored(prog->start());  // BuildEntireDFA begins here
  return prog;
}

/// What the text read so far may become: a segment value is not empty, "." or "..", and has no '%'
/// that begins an encoding (path_bytes::is_segment_value).
enum Text : std::uint8_t {
  kEmpty,
  kDot,
  kDots,
  kPercent,
  kPercentHex,
  kPercentU,  // and the next three: %u with 0 to 3 digits
  kPercentU3 = kPercentU + 3,
  kOther,
  kTexts,
  kNone
};

constexpr Text next(Text text, unsigned char c) noexcept {
  if (path_bytes::is_control(c) || c == '/' || c == '\\' || c == ';' || c == '#' || c == '?') {
    return kNone;
  }
  if (c == '%') return kPercent;
  if (path_bytes::hex_value(c) >= 0) {
    if (text == kPercent) return kPercentHex;
    if (text == kPercentHex || text == kPercentU3) return kNone;
    return text >= kPercentU && text < kPercentU3 ? static_cast<Text>(text + 1) : kOther;
  }
  if ((c == 'u' || c == 'U') && text == kPercent) return kPercentU;
  if (c == '.') return text == kEmpty ? kDot : text == kDot ? kDots : kOther;
  return kOther;
}

constexpr bool is_value(Text text) noexcept {
  return text != kEmpty && text != kDot && text != kDots;
}

}  // namespace

std::unique_ptr<const SegmentRegex> SegmentRegex::compile(std::string_view source,
                                                          std::string& why) {
  std::unique_ptr<SegmentRegex> regex(new SegmentRegex);
  regex->source_ = source;
  if (!regex->build_table(why)) return nullptr;
  if (!regex->some_segment_matches()) {
    why = "the regex cannot match any path segment";
    return nullptr;
  }
  return regex;
}

// RE2 cannot be stopped before it is done or out of memory, so the budget grows until the outcome
// is certain.
bool SegmentRegex::build_table(std::string& why) {
  for (std::int64_t bytes = kFirstBytes;; bytes *= 4) {
    const std::unique_ptr<re2::Prog> prog = compile_anchored(source_, why);
    if (prog == nullptr) return false;
    if (prog->start() == 0) return true;  // its failing instruction: RE2 knows that nothing matches
    prog->set_dfa_mem(bytes);
    columns_ = static_cast<std::size_t>(prog->bytemap_range()) + 1;
    std::copy_n(prog->bytemap(), class_of_.size(), class_of_.begin());
    const std::size_t most =
        std::min(limits::kMaxParamRegexStates, limits::kMaxParamRegexTableEntries / columns_);
    std::string accepts;  // one byte per state
    table_.clear();
    bool complete = true;
    bool too_many = false;
    prog->BuildEntireDFA(re2::Prog::kLongestMatch, [&](const int* row, bool match) {
      complete = complete && row != nullptr;
      too_many = too_many || (complete && accepts.size() == most);
      if (!complete || too_many) return;
      for (std::size_t i = 0; i < columns_; ++i) {
        table_.push_back(row[i] >= 0 ? static_cast<std::uint16_t>(row[i]) : kDead);
      }
      accepts.push_back(static_cast<char>(match));
    });
    if ((!complete || accepts.empty()) && !too_many && bytes < kLastBytes) continue;
    if (too_many || !complete) {
      why = filled(
          "the regex is too large: its automaton has more than @ states; write shorter repetitions",
          {most});
      return false;
    }
    for (std::size_t i = columns_ - 1; i < table_.size(); i += columns_) {
      if (table_[i] != kDead && accepts[table_[i]] == 0) table_[i] = kDead;
    }
    table_.shrink_to_fit();

    return true;
  }
}

// Walks the product of the automaton and Text. Of the bytes of a class that next() treats alike,
// only one is tried.
bool SegmentRegex::some_segment_matches() const {
  if (table_.empty()) return false;
  std::string bytes;
  std::array<std::uint8_t, 256> seen{};
  for (unsigned c = 0; c < 256; ++c) {
    const auto byte = static_cast<unsigned char>(c);
    if (next(kEmpty, byte) == kNone) continue;
    const unsigned kind = byte == '%'                        ? 0
                          : byte == '.'                      ? 1
                          : path_bytes::hex_value(byte) >= 0 ? 2
                          : byte == 'u' || byte == 'U'       ? 3
                                                             : 4;
    std::uint8_t& mask = seen[class_of_[c]];
    if ((mask & (1U << kind)) != 0) continue;
    mask = static_cast<std::uint8_t>(mask | (1U << kind));
    bytes.push_back(static_cast<char>(byte));
  }
  std::string reached(table_.size() / columns_ * kTexts, '\0');
  std::vector<std::size_t> open{kEmpty};
  reached[kEmpty] = 1;
  while (!open.empty()) {
    const std::size_t state = open.back() / kTexts;
    const auto text = static_cast<Text>(open.back() % kTexts);
    open.pop_back();
    const std::uint16_t* row = &table_[state * columns_];
    if (is_value(text) && row[columns_ - 1] != kDead) return true;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      const std::uint16_t to = row[class_of_[byte]];
      const Text then = next(text, byte);
      if (to == kDead || then == kNone) continue;
      const std::size_t place = std::size_t{to} * kTexts + then;
      if (reached[place] != 0) continue;
      reached[place] = 1;
      open.push_back(place);
    }
  }
  return false;
}

bool SegmentRegex::matches(std::string_view decoded) const noexcept {
  std::size_t state = 0;
  for (const char c : decoded) {
    const std::uint16_t to = table_[state * columns_ + class_of_[static_cast<unsigned char>(c)]];
    if (to == kDead) return false;
    state = to;
  }
  return table_[state * columns_ + columns_ - 1] != kDead;
}

}  // namespace portcullis
