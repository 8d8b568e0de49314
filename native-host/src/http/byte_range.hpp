// Which bytes of a file a Range header asks for (RFC 9110, 14).
//
// It decides about the header's text and the file's size alone; whether it is looked at is the
// caller's (GET only, If-Range, no content coding).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace portcullis::bff {

struct ByteRange {
  std::size_t first = 0;
  std::size_t size = 0;  ///< at least 1
};

enum class RangeAnswer {
  kWhole,  ///< not bytes, malformed, or more than a client has a use for: 200, as without it
  kParts,  ///< 206
  kUnsatisfiable,  ///< 416
};

/// One header's ranges.
inline constexpr std::size_t kMaxRanges = 16;
/// Bytes of an answer with several parts, which is put together in memory, and stays there for as
/// long as its client takes to read it. One part may be of any size.
inline constexpr std::size_t kMaxRangesBytes = std::size_t{16} << 10;

/// Reads `value` for a file of `total` bytes. kParts: `out` has the parts that lie within it, as
/// asked for, cut at its end. Parts that overlap so that they make more than the file, and more
/// than the limits, are kWhole: a client that asks for them does not need them (RFC 9110, 14.2).
[[nodiscard]] RangeAnswer read_ranges(std::string_view value, std::size_t total,
                                      std::vector<ByteRange>& out);

}  // namespace portcullis::bff
