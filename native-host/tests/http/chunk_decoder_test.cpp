#include "http/chunk_decoder.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace portcullis::bff {
namespace {

struct Decoded {
  ChunkDecoder::State state = ChunkDecoder::State::kMore;
  std::string body;
  std::size_t consumed = 0;
};

/// Feeds exact-size pieces of `step` bytes and decodes into a small buffer.
Decoded decode(const std::string& in, std::size_t step, std::size_t room = 7) {
  ChunkDecoder decoder;
  Decoded out;
  auto buffer = std::make_unique<char[]>(room);
  while (out.consumed < in.size() || out.state == ChunkDecoder::State::kFull) {
    const std::size_t n = std::min(step, in.size() - out.consumed);
    auto piece = std::make_unique<char[]>(n);
    in.copy(piece.get(), n, out.consumed);
    const auto result = decoder.feed({piece.get(), n}, buffer.get(), room);
    out.body.append(buffer.get(), result.produced);
    out.consumed += result.consumed;
    out.state = result.state;
    if (out.state == ChunkDecoder::State::kDone || out.state == ChunkDecoder::State::kMalformed) {
      break;
    }
  }
  return out;
}

TEST(ChunkDecoder, DecodesWellFormedBodies) {
  const struct {
    std::string in;
    std::string body;
    std::size_t left;
  } rows[] = {
      {"0\r\n\r\n", "", 0},
      {"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
      {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /", "hello world", 5},
      {"A\r\nhelloworld\r\n00\r\n\r\n", "helloworld", 0},
      {"5;a;b=c;d=\"e;\\\"f\"\r\nhello\r\n0;x\r\n\r\n", "hello", 0},
      {"1\r\na\r\n0\r\nX-Sum: b\r\nContent-Length: 50\r\n\r\n", "a", 0},
  };
  for (const auto& row : rows) {
    for (const std::size_t step : {1, 2, 3, 1000}) {
      const Decoded out = decode(row.in, step);
      EXPECT_EQ(out.state, ChunkDecoder::State::kDone) << row.in;
      EXPECT_EQ(out.body, row.body);
      EXPECT_EQ(row.in.size() - out.consumed, row.left);
    }
  }
}

TEST(ChunkDecoder, RejectsFramingServersDisagreeOn) {
  for (const std::string in :
       {"0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n",
        " 5\r\nhello\r\n", "-1\r\nhello\r\n", "1_0\r\nhello\r\n", "5;\r\nhello\r\n",
        "5;bad[=x\r\nhello\r\n", "5;a =b\r\nhello\r\n", "5\nhello\r\n", "5\r\nhello0\r\n\r\n",
        "5\r\nhello!!\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFF0\r\nhello\r\n", "\r\n",
        "5\r\nhello\n0\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\n folded\r\n\r\n", "0\r\nX: y\n\r\n"}) {
    for (const std::size_t step : {1, 2, 3, 1000}) {
      EXPECT_EQ(decode(in, step).state, ChunkDecoder::State::kMalformed) << in;
    }
  }
}

TEST(ChunkDecoder, BoundsFramingBytes) {
  EXPECT_EQ(decode("5;a=" + std::string(2000, 'b'), 1000).state, ChunkDecoder::State::kMalformed);
  EXPECT_EQ(decode("0\r\nX: " + std::string(9000, 'b'), 1000).state,
            ChunkDecoder::State::kMalformed);
}

}  // namespace
}  // namespace portcullis::bff
