// The chunked transfer coding (RFC 9112, 7.1), strictly: hexadecimal size without sign, prefix or
// white space; extensions by their grammar, and ignored; CRLF and nothing else; trailers read over
// and dropped, because a field that arrives after the request was judged must change nothing.
//
// A push decoder without sockets: feed() takes bytes in, gives body bytes out. Nothing is
// allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis::bff {

class ChunkDecoder {
 public:
  enum class State : std::uint8_t {
    kMore,       ///< all input is used up
    kFull,       ///< `out` is full
    kDone,       ///< the last chunk and its trailers are read; what is left is the next request
    kMalformed,  ///< close the connection: where the next request starts is not known
  };
  struct Step {
    State state = State::kMore;
    std::size_t consumed = 0;  ///< of `in`
    std::size_t produced = 0;  ///< of `out`
  };

  Step feed(std::string_view in, char* out, std::size_t room) noexcept;

  /// Bytes that chunk headers and trailers may take together: a body must not be paid for in
  /// overhead a thousand times its size without end.
  static constexpr std::size_t kMaxLineBytes = 1024;
  static constexpr std::size_t kMaxTrailerBytes = 8192;

 private:
  enum class Part : std::uint8_t {
    kSizeFirst,
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailer,
    kTrailerLf,
    kLastLf,
    kDone,
    kMalformed
  };
  enum class Ext : std::uint8_t {
    kNameFirst,
    kName,
    kValueFirst,
    kValue,
    kQuoted,
    kEscape,
    kAfter
  };

  Part next(char c) noexcept;
  Part extension(char c) noexcept;
  Part after_size(char c) noexcept;

  Part part_ = Part::kSizeFirst;
  Ext ext_ = Ext::kNameFirst;
  bool trailer_name_ = false;
  std::uint64_t left_ = 0;  // of the current chunk's data; its size while that is read
  std::size_t line_ = 0;
  std::size_t trailers_ = 0;
};

}  // namespace portcullis::bff
