// topics: the permissions.sse of one plugin: the event streams it may open.
//
// Decides whether a prefix covers a canonical path, at a segment boundary: "/events/orders" covers
// itself, "/events/orders/" and "/events/orders/42", not "/events/orders-secret". A prefix with a
// trailing '/' does not cover the path without it. The query is ignored.
//
// Immutable; const members are thread-safe. find() allocates nothing; at most
// limits::kMaxSsePrefixesPerPlugin comparisons.
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

/// A problem of one entry. Always fatal.
struct TopicProblem {
  /// Index into the prefixes.
  std::size_t entry = 0;
  Code code =
      Code::kAllowed;  ///< TOPIC_NOT_CANONICAL, TOPIC_WILDCARD, TOPIC_RESERVED, MANIFEST_TOO_MANY
  /// One sentence without a full stop.
  std::string detail;
};

/// The compiled prefixes of one plugin.
class TopicList {
 public:
  /// An empty list; denies everything.
  TopicList() noexcept = default;

  /// Returns nullopt if an entry is invalid: not canonical, with '*' or ':name' segments, or
  /// reaching paths reserved for the host (reserved.hpp). Appends every problem to `problems` (may
  /// be null).
  [[nodiscard]] static std::optional<TopicList> compile(const std::vector<std::string>& prefixes,
                                                        std::vector<TopicProblem>* problems);
  /// Like compile(), but ignores entries that are not canonical or have wildcards and does not
  /// check reserved paths. For trying out prefixes (the console's topic.allowed).
  [[nodiscard]] static TopicList lenient(const std::vector<std::string>& prefixes);

  /// Returns the index of the entry that covers the path, or -1. The longest prefix wins, then the
  /// first.
  [[nodiscard]] int find(std::string_view canonical_path) const noexcept;

  /// Returns the entry with the longest common prefix with the path, or -1.
  [[nodiscard]] int nearest(std::string_view canonical_path) const noexcept;

  /// Number of entries.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// The entry as written.
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
