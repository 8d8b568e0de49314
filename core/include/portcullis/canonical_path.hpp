// canonical_path: turns a request target into the one path that is judged and forwarded.
//
// Decides whether a target means the same to every server that may read it, and what that is. A
// target on which servers are known to disagree (encoded slash, backslash, ';', a second layer of
// percent-encoding, an empty segment next to a dot segment, ...) is rejected, never repaired.
// Whether the path may be called is up to allow_list.hpp and topics.hpp; the query is carried along
// unchanged.
//
// Order of the checks (grammar: RFC 3986; where it leaves a choice, the strict one):
//   1. Split off the query at the first '?'. In the path: length, leading '/', then each raw byte
//      and percent triplet from left to right; then the query's length and bytes.
//   2. Decode triplets of unreserved characters (6.2.2.2), upper-case the others (6.2.2.1).
//   3. In the result: "%25" before two hex digits, or before 'u' and four (double encoding); then
//      UTF-8 (RFC 3629).
//   4. An empty segment together with a dot segment is rejected; other empty segments are merged.
//   5. Remove dot segments (5.2.4); one that climbs above the root is rejected, not clamped.
//
// Idempotent; accepts any bytes, NUL included; no heap, no exceptions, O(length). The result starts
// with '/', has only bytes that RFC 3986 allows in a path, and no number of further decodings
// produces a dot segment, separator or control byte. Limits: limits::kMaxPathBytes, kMaxQueryBytes.
// Forward target(), never the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

/// A canonical request target. Owns the path; the query is a view into the input of canonicalize(),
/// which must outlive it.
class CanonicalPath {
 public:
  /// Empty, as after a rejection: no path and no query. The storage stays uninitialised because
  /// this object is created for every request.
  CanonicalPath() noexcept {}  // NOLINT(modernize-use-equals-default): keeps bytes_ uninitialised
  /// Copies the path; the query still refers to the original input.
  CanonicalPath(const CanonicalPath& other) noexcept;
  CanonicalPath& operator=(const CanonicalPath& other) noexcept;
  ~CanonicalPath() = default;

  /// The canonical path; empty if the last canonicalize() rejected its input.
  [[nodiscard]] std::string_view path() const noexcept { return {bytes_, size_}; }
  /// Whether path() differs from the input's path.
  [[nodiscard]] bool rewritten() const noexcept { return rewritten_; }
  /// Whether there is a query: "/a" has none, "/a?" has an empty one.
  [[nodiscard]] bool has_query() const noexcept { return has_query_; }
  /// The query as received, without '?'.
  [[nodiscard]] std::string_view query() const noexcept { return query_; }
  /// The target to forward: path(), plus "?" and query() if there is one. Allocates.
  [[nodiscard]] std::string target() const;

 private:
  friend Code canonicalize(std::string_view, CanonicalPath&, std::size_t*) noexcept;

  std::string_view query_;
  std::uint32_t size_ = 0;
  bool has_query_ = false;
  bool rewritten_ = false;
  char bytes_[limits::kMaxPathBytes];
};

/// Canonicalizes `target` into `out`. Returns kAllowed, or the reason; `out` is then empty and
/// `*offset` (if given) is the offset in `target` of the cause: the byte itself, the triplet's '%',
/// the segment's first byte, or the first byte beyond a limit.
[[nodiscard]] Code canonicalize(std::string_view target, CanonicalPath& out,
                                std::size_t* offset = nullptr) noexcept;

/// Percent-decodes one segment into `out` (replaced). Returns false, with `out` empty, for a
/// malformed triplet or invalid UTF-8; never for a segment of a canonical path.
bool percent_decode_segment(std::string_view segment, std::string& out);

}  // namespace portcullis
