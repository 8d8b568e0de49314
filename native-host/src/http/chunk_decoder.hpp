// Strict decoder of the chunked transfer coding (RFC 9112, section 7.1): hexadecimal size without
// sign, prefix or white space; extensions checked and ignored; CRLF only; trailers discarded,
// because fields received after the judgement must have no effect.
//
// A push decoder without sockets: feed() converts input to body bytes. Does not allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis::bff {

/// The decoder of one body.
class ChunkDecoder {
 public:
  /// Why feed() returned.
  enum class State : std::uint8_t {
    kMore,       ///< all input is consumed
    kFull,       ///< `out` is full
    kDone,       ///< the last chunk and its trailers are read; the next request follows
    kMalformed,  ///< close the connection: the start of the next request is unknown
  };
  /// The result of feed().
  struct Step {
    State state = State::kMore;
    std::size_t consumed = 0;  ///< bytes of `in`
    std::size_t produced = 0;  ///< bytes in `out`
  };

  /// Maximum bytes of a chunk's size line, and of all trailers: bounds the overhead of a body.
  Step feed(std::string_view in, char* out, std::size_t room) noexcept;

  /// Bytes of one line, and of all trailers: bounds the overhead of a body.
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
  std::uint64_t left_ = 0;  // bytes left of the current chunk, or its size while parsed
  std::size_t line_ = 0;
  std::size_t trailers_ = 0;
};

}  // namespace portcullis::bff
