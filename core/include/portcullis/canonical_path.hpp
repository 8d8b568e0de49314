// canonical_path: turns a request target into the one path that is judged and forwarded.
//
// Decides: whether a target has exactly one meaning for every server that may read it, and what
// that meaning is. A target on which servers are known to disagree (an encoded slash, a backslash,
// ';', a second layer of percent-encoding, an empty segment next to a dot segment, ...) is
// rejected; it is never repaired.
// Does not decide: whether anyone may call the path (allow_list.hpp, topics.hpp), and nothing about
// the query, which is carried along untouched.
//
// Order of calls: make one CanonicalPath, hand it to canonicalize(), look at the code, and only
// then read path(), query() or target(). What is forwarded is target(), never the input.
//
// Order of the checks (RFC 3986 is the grammar; where it leaves a choice, the strict one):
//   1. The query is cut off at the first '?'. Then, in the path: its length, the leading '/', and
//      from left to right each raw byte and each percent triplet; then the query's length and
//      bytes.
//   2. Triplets of unreserved characters are decoded (6.2.2.2), the others upper-cased (6.2.2.1).
//   3. In the result: "%25" before two hex digits, or before 'u' and four (double encoding), then
//      UTF-8 (RFC 3629).
//   4. An empty segment together with a dot segment; else empty segments are merged.
//   5. Dot segments are removed (5.2.4); one that climbs above the root is rejected, not clamped.
//
// Guarantees: idempotent; any bytes may come in, NUL included; no heap, no exception, O(length).
// The result starts with '/', holds only bytes that RFC 3986 allows in a path, and no decoding of
// it, however often repeated, brings forth a dot segment, a separator or a control byte.
// Limits: limits::kMaxPathBytes, limits::kMaxQueryBytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

/// A canonical request target. The path lives in the object; the query is a view into the input
/// that canonicalize() was given, which has to outlive it.
class CanonicalPath {
 public:
  /// The empty state, as after a rejection: path() is "" and there is no query. The storage is not
  /// cleared: this object is made for every request.
  CanonicalPath() noexcept {}  // NOLINT(modernize-use-equals-default): keeps bytes_ uninitialised
  CanonicalPath(const CanonicalPath& other) noexcept;
  CanonicalPath& operator=(const CanonicalPath& other) noexcept;
  ~CanonicalPath() = default;

  /// The canonical path; empty when the last canonicalize() rejected.
  [[nodiscard]] std::string_view path() const noexcept { return {bytes_, size_}; }
  /// Whether path() is another text than the path that came in.
  [[nodiscard]] bool rewritten() const noexcept { return rewritten_; }
  /// "/a" has no query, "/a?" has an empty one.
  [[nodiscard]] bool has_query() const noexcept { return has_query_; }
  /// The query as it came, without the '?'.
  [[nodiscard]] std::string_view query() const noexcept { return query_; }
  /// What to forward: path(), and "?" + query() when there is one.
  [[nodiscard]] std::string target() const;

 private:
  friend Code canonicalize(std::string_view, CanonicalPath&, std::size_t*) noexcept;

  std::string_view query_;
  std::uint32_t size_ = 0;
  bool has_query_ = false;
  bool rewritten_ = false;
  char bytes_[limits::kMaxPathBytes];
};

/// Canonicalises `target` into `out`. Code::kAllowed when there is a canonical path; else the
/// reason, `out` is empty, and `*offset` (when given) is the byte of `target` that the reason is
/// about: the byte itself, the triplet's '%', the segment's first byte, or the first byte too many.
[[nodiscard]] Code canonicalize(std::string_view target, CanonicalPath& out,
                                std::size_t* offset = nullptr) noexcept;

/// Percent-decodes one segment into `out` (replaced). False when a triplet is malformed or the
/// bytes are not valid UTF-8; `out` is then empty. For a segment of a canonical path: always true.
bool percent_decode_segment(std::string_view segment, std::string& out);

}  // namespace portcullis
