#include "http/byte_range.hpp"

#include <gtest/gtest.h>

#include <string>

namespace portcullis::bff {
namespace {

/// "0+2 5+5", "whole" or "none".
std::string read(std::string_view value, std::size_t total = 10) {
  std::vector<ByteRange> ranges;
  switch (read_ranges(value, total, ranges)) {
    case RangeAnswer::kWhole:
      return "whole";
    case RangeAnswer::kUnsatisfiable:
      return "none";
    case RangeAnswer::kParts:
      break;
  }
  std::string out;
  for (const ByteRange& range : ranges) {
    out +=
        (out.empty() ? "" : " ") + std::to_string(range.first) + "+" + std::to_string(range.size);
  }
  return out;
}

TEST(ByteRange, ReadsOneOrSeveral) {
  EXPECT_EQ(read("bytes=0-1"), "0+2");
  EXPECT_EQ(read("bytes=0-"), "0+10");
  EXPECT_EQ(read("bytes=9-9"), "9+1");
  EXPECT_EQ(read("bytes=8-99"), "8+2");
  EXPECT_EQ(read("bytes=-3"), "7+3");
  EXPECT_EQ(read("bytes=-99"), "0+10");
  EXPECT_EQ(read("Bytes=0-0, ,-1"), "0+1 9+1");
  EXPECT_EQ(read("bytes = 2-3"), "2+2");
  EXPECT_EQ(read("bytes=0-0,20-30"), "0+1") << "ranges after the end are skipped";
  EXPECT_EQ(read("bytes=5-18446744073709551616"), "5+5") << "a number beyond 64 bits means the end";
}

TEST(ByteRange, ReportsUnsatisfiableRanges) {
  EXPECT_EQ(read("bytes=10-"), "none");
  EXPECT_EQ(read("bytes=10-20,30-"), "none");
  EXPECT_EQ(read("bytes=-0"), "none");
  EXPECT_EQ(read("bytes=0-", 0), "none");
  EXPECT_EQ(read("bytes=18446744073709551616-"), "none");
}

TEST(ByteRange, IgnoresInvalidRanges) {
  for (const char* value : {"", "bytes", "bytes=", "bytes=,", "items=0-1", "bytes=a-b", "bytes=1",
                            "bytes=2-1", "bytes=--1", "bytes=0-1x", "bytes=0-1;2-3", "bytes=-",
                            "bytes=0x1-2", "bytes=+1-2", "bytes=0-1,x"}) {
    EXPECT_EQ(read(value), "whole") << value;
  }
}

TEST(ByteRange, ReturnsTheWholeFileForExcessiveRanges) {
  EXPECT_EQ(read("bytes=0-9,0-9"), "whole") << "more bytes than the file has";
  std::string many = "bytes=0-0";
  for (std::size_t n = 1; n < kMaxRanges; ++n) many += ",2-2";
  EXPECT_NE(read(many, 1000), "whole");
  EXPECT_EQ(read(many + ",3-3", 1000), "whole");
  EXPECT_EQ(read("bytes=0-8191,20000-28191", 1 << 24), "0+8192 20000+8192");
  EXPECT_EQ(read("bytes=0-8191,20000-28192", 1 << 24), "whole");
  EXPECT_EQ(read("bytes=0-16777215", 1 << 24), "0+16777216") << "a single range may have any size";
}

}  // namespace
}  // namespace portcullis::bff
