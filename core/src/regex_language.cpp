#include "regex_language.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "path_bytes.hpp"

// Prog and Regexp are not of RE2's public API. Both hosts build the very same pinned RE2, and there
// is no other way to ask what a regex can match.
#include "re2/prog.h"
#include "re2/regexp.h"

namespace portcullis {
namespace {

// Enough for some thousand states; a manifest has few regexes, and each is walked once.
constexpr std::int64_t kWalkBytes = std::int64_t{1} << 20;

/// What a text that was read so far may still become: a segment value is not empty, not "." or
/// "..", and has no '%' before two hex digits (path_bytes::is_segment_value).
enum Text : std::uint8_t { kEmpty, kDot, kDots, kPercent, kPercentHex, kOther, kTexts, kDead };

constexpr Text next(Text text, unsigned char c) noexcept {
  if (path_bytes::is_control(c) || c == '/' || c == '\\' || c == ';' || c == '#' || c == '?') {
    return kDead;
  }
  if (c == '%') return kPercent;
  if (path_bytes::hex_value(c) >= 0) {
    return text == kPercent ? kPercentHex : text == kPercentHex ? kDead : kOther;
  }
  if (c == '.') return text == kEmpty ? kDot : text == kDot ? kDots : kOther;
  return kOther;
}

constexpr bool is_value(Text text) noexcept {
  return text != kEmpty && text != kDot && text != kDots;
}

/// RE2's automaton: for each state, where each class of bytes leads, and last the end of the text.
struct Automaton {
  std::size_t columns = 0;
  std::vector<int> next;
  std::vector<unsigned char> accepts;
  bool complete = true;
};

Automaton build(re2::Prog& prog) {
  Automaton automaton;
  automaton.columns = static_cast<std::size_t>(prog.bytemap_range()) + 1;
  prog.BuildEntireDFA(re2::Prog::kLongestMatch, [&automaton](const int* row, bool match) {
    if (row == nullptr) {
      automaton.complete = false;
      return;
    }
    automaton.next.insert(automaton.next.end(), row, row + automaton.columns);
    automaton.accepts.push_back(match ? 1 : 0);
  });
  return automaton;
}

}  // namespace

bool regex_matches_some_segment(const re2::RE2& regex) {
  const std::unique_ptr<re2::Prog> prog(regex.Regexp()->CompileToProg(kWalkBytes));
  if (prog == nullptr) return true;
  if (prog->start() == 0) return false;  // RE2 saw at once that nothing matches
  prog->set_anchor_start(true);
  prog->set_anchor_end(true);
  prog->set_start_unanchored(prog->start());  // BuildEntireDFA begins there
  const Automaton automaton = build(*prog);
  if (!automaton.complete) return true;
  const std::size_t states = automaton.accepts.size();
  if (states == 0) return true;  // not even the first states fit into the budget

  // Walk the product of both automata. Bytes of one class of RE2's that are alike to next() as well
  // need to be tried once only.
  std::vector<unsigned char> bytes;
  std::array<std::uint32_t, 256> seen{};
  for (unsigned c = 0; c < 256; ++c) {
    const auto byte = static_cast<unsigned char>(c);
    const unsigned kind = byte == '%'                        ? 0
                          : byte == '.'                      ? 1
                          : next(kEmpty, byte) == kDead      ? 2
                          : path_bytes::hex_value(byte) >= 0 ? 3
                                                             : 4;
    std::uint32_t& mask = seen[prog->bytemap()[c]];
    if (kind == 2 || (mask & (1U << kind)) != 0) continue;
    mask |= 1U << kind;
    bytes.push_back(byte);
  }
  std::vector<unsigned char> reached(states * kTexts);
  std::vector<std::size_t> open{kEmpty};
  reached[kEmpty] = 1;
  while (!open.empty()) {
    const std::size_t state = open.back() / kTexts;
    const auto text = static_cast<Text>(open.back() % kTexts);
    open.pop_back();
    const int* row = &automaton.next[state * automaton.columns];
    const int end = row[automaton.columns - 1];
    if (is_value(text) && end >= 0 && automaton.accepts[static_cast<std::size_t>(end)] != 0)
      return true;
    for (const unsigned char c : bytes) {
      const int to = row[prog->bytemap()[c]];
      const Text then = next(text, c);
      if (to < 0 || then == kDead) continue;
      const std::size_t place = static_cast<std::size_t>(to) * kTexts + then;
      if (reached[place] != 0) continue;
      reached[place] = 1;
      open.push_back(place);
    }
  }
  return false;
}

}  // namespace portcullis
