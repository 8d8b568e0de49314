// How an AllowList lies in memory. Plain data, found by offsets from one block:
//   edges | rules | param edges | nodes | terminals | texts
// Node 0 is the root. The literal edges of a node lie side by side, sorted by hash.
#pragma once

#include <cstddef>
#include <cstdint>

#include "portcullis/allow_list.hpp"

namespace portcullis {

inline constexpr std::uint16_t kNone = 0xffff;

/// A literal segment that leads on.
struct AllowList::Edge {
  std::uint64_t hash;
  std::uint32_t label;  ///< offset into the texts
  std::uint16_t size;
  std::uint16_t child;
};

/// A ':name' that leads on.
struct AllowList::ParamEdge {
  std::uint16_t matcher;  ///< index into matchers_, or kNone: any segment
  std::uint16_t child;
};

/// What may follow the segments so far.
struct AllowList::Node {
  std::uint16_t edges = 0;  ///< index of the first
  std::uint16_t edge_count = 0;
  std::uint16_t params = 0;  ///< index of the first, in the order of the rules
  std::uint16_t param_count = 0;
  std::uint16_t star = kNone;   ///< child behind '*' in the middle
  std::uint16_t exact = kNone;  ///< terminal of a path that ends here
  std::uint16_t slash = kNone;  ///< terminal of a path that ends here with '/'
  std::uint16_t tail = kNone;   ///< terminal of '*' at the end
};

/// The rule for each method, or -1. HEAD has GET's where it has none of its own.
struct AllowList::Terminal {
  std::int16_t rules[kMethods] = {-1, -1, -1, -1, -1, -1};
};

struct AllowList::Rule {
  std::uint32_t text;
  std::uint16_t size;
  std::uint16_t matchers;  ///< index of the first of its shapes
  std::uint16_t shaped;    ///< bit n: its n-th ':name' has a shape
  Method method;
};

// Every index of the trie fits into 16 bits, kNone kept apart.
static_assert(limits::kMaxApiRulesPerPlugin * limits::kMaxTemplateSegments + 1 < kNone);
static_assert(limits::kMaxApiRulesPerPlugin * limits::kMaxTemplateParams < kNone);
static_assert(limits::kMaxTemplateParams <= 16);

}  // namespace portcullis
