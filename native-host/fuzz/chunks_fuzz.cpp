// Arbitrary bytes as a chunked body: the same data and end in one piece and byte by byte, and never
// more data than input. The first byte is the output room per call.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/chunk_decoder.hpp"
#include "require.hpp"

using namespace portcullis::bff;
using fuzz::require;
using State = ChunkDecoder::State;

namespace {

struct Decoded {
  State state = State::kMore;
  std::size_t consumed = 0;
  std::string data;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece, std::size_t room) {
  Decoded out;
  ChunkDecoder decoder;
  std::vector<char> buffer(room);
  while (out.state != State::kDone && out.state != State::kMalformed) {
    const std::string_view in = bytes.substr(out.consumed, piece);
    if (in.empty()) break;
    const auto step = decoder.feed(in, buffer.data(), room);
    require(step.consumed <= in.size() && step.produced <= room);
    require(step.produced <= step.consumed);
    require(step.state != State::kMore || step.consumed == in.size());
    require(step.consumed > 0 || step.state != State::kFull);
    out.data.append(buffer.data(), step.produced);
    out.consumed += step.consumed;
    out.state = step.state == State::kFull ? State::kMore : step.state;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t room = 1 + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Decoded whole = decode(bytes, bytes.size(), bytes.size() + 1);
  require(decode(bytes, bytes.size(), room) == whole);
  require(decode(bytes, 1, room) == whole);
  require(decode(bytes, 3, room) == whole);
  return 0;
}
