#include "http/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"

namespace portcullis::bff {

namespace {
constexpr std::uint64_t kMaxChunk = std::uint64_t{1} << 48U;  // far above any body; cannot overflow
}

ChunkDecoder::Part ChunkDecoder::after_size(char c) noexcept {
  if (c == '\r') return Part::kSizeLf;
  if (c != ';') return Part::kMalformed;
  ext_ = Ext::kNameFirst;
  return Part::kExtension;
}

// chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] ). The grammar's BWS is rejected: no
// client sends it, and differences in parsing it have been used for request smuggling.
ChunkDecoder::Part ChunkDecoder::extension(char c) noexcept {
  switch (ext_) {
    case Ext::kNameFirst:
      if (!is_token_char(c)) return Part::kMalformed;
      ext_ = Ext::kName;
      return Part::kExtension;
    case Ext::kName:
      if (is_token_char(c)) return Part::kExtension;
      if (c != '=') return after_size(c);
      ext_ = Ext::kValueFirst;
      return Part::kExtension;
    case Ext::kValueFirst:
      if (c == '"') {
        ext_ = Ext::kQuoted;
        return Part::kExtension;
      }
      if (!is_token_char(c)) return Part::kMalformed;
      ext_ = Ext::kValue;
      return Part::kExtension;
    case Ext::kValue:
      return is_token_char(c) ? Part::kExtension : after_size(c);
    case Ext::kQuoted:
    case Ext::kEscape:
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return Part::kMalformed;
      if (ext_ == Ext::kEscape) {
        ext_ = Ext::kQuoted;
      } else if (c == '\\') {
        ext_ = Ext::kEscape;
      } else if (c == '"') {
        ext_ = Ext::kAfter;
      }
      return Part::kExtension;
    case Ext::kAfter:
      return after_size(c);
  }
  return Part::kMalformed;
}

ChunkDecoder::Part ChunkDecoder::next(char c) noexcept {
  switch (part_) {
    case Part::kSizeFirst:
    case Part::kSize: {
      const int digit = hex_value(c);
      if (digit < 0) return part_ == Part::kSize ? after_size(c) : Part::kMalformed;
      left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
      return left_ > kMaxChunk ? Part::kMalformed : Part::kSize;
    }
    case Part::kExtension:
      return extension(c);
    case Part::kSizeLf:
      line_ = 0;
      if (c != '\n') return Part::kMalformed;
      return left_ == 0 ? Part::kTrailerStart : Part::kData;
    case Part::kDataCr:
      return c == '\r' ? Part::kDataLf : Part::kMalformed;
    case Part::kDataLf:
      left_ = 0;
      line_ = 0;
      return c == '\n' ? Part::kSizeFirst : Part::kMalformed;
    case Part::kTrailerStart:
      if (c == '\r') return Part::kLastLf;
      trailer_name_ = true;
      return is_token_char(c) ? Part::kTrailer : Part::kMalformed;
    case Part::kTrailer:
      if (trailer_name_) {
        if (c == ':') trailer_name_ = false;
        return c == ':' || is_token_char(c) ? Part::kTrailer : Part::kMalformed;
      }
      if (c == '\r') return Part::kTrailerLf;
      return c == '\n' || c == '\0' ? Part::kMalformed : Part::kTrailer;
    case Part::kTrailerLf:
      return c == '\n' ? Part::kTrailerStart : Part::kMalformed;
    case Part::kLastLf:
      return c == '\n' ? Part::kDone : Part::kMalformed;
    case Part::kData:
    case Part::kDone:
    case Part::kMalformed:
      break;
  }
  return Part::kMalformed;
}

ChunkDecoder::Step ChunkDecoder::feed(std::string_view in, char* out, std::size_t room) noexcept {
  Step step;
  for (;;) {
    if (part_ == Part::kDone || part_ == Part::kMalformed) {
      step.state = part_ == Part::kDone ? State::kDone : State::kMalformed;
      return step;
    }
    if (step.consumed == in.size()) return step;
    if (part_ == Part::kData) {
      if (step.produced == room) {
        step.state = State::kFull;
        return step;
      }
      const std::size_t n = std::min(
          {static_cast<std::size_t>(left_), in.size() - step.consumed, room - step.produced});
      std::memcpy(out + step.produced, in.data() + step.consumed, n);
      step.consumed += n;
      step.produced += n;
      left_ -= n;
      if (left_ == 0) part_ = Part::kDataCr;
      continue;
    }
    const bool trailer = part_ == Part::kTrailerStart || part_ == Part::kTrailer;
    if (trailer ? ++trailers_ > kMaxTrailerBytes : ++line_ > kMaxLineBytes) {
      part_ = Part::kMalformed;
      continue;
    }
    part_ = next(in[step.consumed++]);
  }
}

}  // namespace portcullis::bff
