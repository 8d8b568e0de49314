// Memory layout of an AllowList: plain data at offsets in one block:
//   edges | rules | param edges | nodes | terminals | texts
// Node 0 is the root. The literal edges of a node are contiguous, sorted by hash.
#pragma once

#include <cstddef>
#include <cstdint>

#include "portcullis/allow_list.hpp"

namespace portcullis {

inline constexpr std::uint16_t kNone = 0xffff;

/// An edge for a literal segment.
struct AllowList::Edge {
  std::uint64_t hash;
  std::uint32_t label;  ///< offset into the texts
  std::uint16_t size;
  std::uint16_t child;
};

/// An edge for a ':name' segment.
struct AllowList::ParamEdge {
  std::uint16_t matcher;  ///< index into matchers_; kNone accepts any segment
  std::uint16_t child;
};

/// What may follow the segments so far. kNone means none.
struct AllowList::Node {
  std::uint16_t edges = 0;  ///< index of the first literal edge
  std::uint16_t edge_count = 0;
  std::uint16_t params = 0;  ///< index of the first parameter edge, in rule order
  std::uint16_t param_count = 0;
  std::uint16_t star = kNone;   ///< child for '*' in the middle
  std::uint16_t exact = kNone;  ///< terminal for a path that ends here
  std::uint16_t slash = kNone;  ///< terminal for a path that ends here with '/'
  std::uint16_t tail = kNone;   ///< terminal for '*' at the end
};

/// The rule per method, or -1. HEAD has GET's rule unless it has its own.
struct AllowList::Terminal {
  std::int16_t rules[kMethods] = {-1, -1, -1, -1, -1, -1};
};

struct AllowList::Rule {
  std::uint32_t text;
  std::uint16_t size;
  std::uint16_t matchers;  ///< index of its first shape
  std::uint16_t shaped;    ///< bit n: the n-th ':name' has a shape
  Method method;
};

// Every trie index fits into 16 bits, excluding kNone.
static_assert(limits::kMaxApiRulesPerPlugin * limits::kMaxTemplateSegments + 1 < kNone);
static_assert(limits::kMaxApiRulesPerPlugin * limits::kMaxTemplateParams < kNone);
static_assert(limits::kMaxTemplateParams <= 16);

}  // namespace portcullis
