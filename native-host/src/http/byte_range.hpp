// Parses Range headers (RFC 9110, section 14) from the header and the file's size alone; the caller
// decides whether the header applies (GET only, If-Range, no content coding).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace portcullis::bff {

/// One part of a file.
struct ByteRange {
  std::size_t first = 0;
  std::size_t size = 0;  ///< in bytes, at least 1
};

/// How to answer.
enum class RangeAnswer {
  kWhole,          ///< not bytes, malformed or excessive: 200, as without the header
  kParts,          ///< 206
  kUnsatisfiable,  ///< 416
};

/// Maximum number of ranges in a header.
inline constexpr std::size_t kMaxRanges = 16;
/// Maximum bytes of a multipart answer, which is built in memory and kept until the client has read
/// it. A single part may have any size.
inline constexpr std::size_t kMaxRangesBytes = std::size_t{16} << 10;

/// Parses `value` for a file of `total` bytes. For kParts, `out` has the satisfiable parts in the
/// requested order, cut at the end of the file. Parts that overlap to more than the file or the
/// limits give kWhole (RFC 9110, section 14.2).
[[nodiscard]] RangeAnswer read_ranges(std::string_view value, std::size_t total,
                                      std::vector<ByteRange>& out);

}  // namespace portcullis::bff
