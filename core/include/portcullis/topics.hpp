// topics: permissions.sse of one plugin: which event streams it may open.
//
// Decides: whether a canonical path is covered by one of the prefixes, at a segment boundary:
// "/events/orders" covers "/events/orders", "/events/orders/" and "/events/orders/42", not
// "/events/orders-secret". A prefix that ends in '/' covers itself and what is below it, not the
// path without the slash.
// Does not decide: anything about the query (it is never looked at), nor permissions.api.
//
// Order of calls: compile() once; find() with CanonicalPath::path() per subscription.
// Immutable, safe to share between threads; find() allocates nothing and compares at most
// limits::kMaxSsePrefixesPerPlugin prefixes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

struct TopicProblem {
  std::size_t entry = 0;
  Code code =
      Code::kAllowed;  ///< TOPIC_NOT_CANONICAL, TOPIC_WILDCARD, TOPIC_RESERVED, MANIFEST_TOO_MANY
  std::string detail;
};

class TopicList {
 public:
  /// The list of no prefixes: denies everything.
  TopicList() noexcept = default;

  /// Nothing when an entry is wrong: not canonical, with '*' or ':name' segments, or reaching what
  /// only the host may open (reserved.hpp). Every problem is appended to `problems` (may be null).
  [[nodiscard]] static std::optional<TopicList> compile(const std::vector<std::string>& prefixes,
                                                        std::vector<TopicProblem>* problems);
  /// As compile(), but an entry that is not canonical or has wildcards contributes nothing, and
  /// reserved paths are not looked at. For trying prefixes out (the console's topic.allowed).
  [[nodiscard]] static TopicList lenient(const std::vector<std::string>& prefixes);

  /// The index of the entry that covers the path, or -1. The longest prefix wins, then the first.
  [[nodiscard]] int find(std::string_view canonical_path) const noexcept;

  /// The entry that comes closest to covering the path (the longest common beginning), or -1.
  [[nodiscard]] int nearest(std::string_view canonical_path) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::string_view text(int entry) const noexcept;

 private:
  void add(std::string_view prefix);

  struct Entry {
    std::uint32_t offset;
    std::uint32_t length;  // 0: contributes nothing (lenient)
  };
  std::string texts_;
  std::vector<Entry> entries_;
};

}  // namespace portcullis
