#include "path_walk.hpp"

#include <array>
#include <cstdint>

namespace portcullis {
namespace {

using path_bytes::hex_value;

enum Class : std::uint8_t { kPlain, kSlash, kPercent, kEncode, kBad };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const auto byte = static_cast<unsigned char>(c);
    classes[c] = path_bytes::is_segment_byte(byte)           ? kPlain
                 : path_bytes::is_encoded_for_browsers(byte) ? kEncode
                                                             : kBad;
  }
  classes['/'] = kSlash;
  classes['%'] = kPercent;
  return classes;
}
constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

constexpr Class class_of(char c) noexcept {
  return static_cast<Class>(kClasses[static_cast<unsigned char>(c)]);
}

/// The rejection of a raw byte of class kBad.
Code raw_rejection(unsigned char c) noexcept {
  if (path_bytes::is_control(c)) return Code::kPathControlByte;
  if (c >= 0x80) return Code::kPathNonAscii;
  if (c == '\\') return Code::kPathBackslash;
  if (c == '#') return Code::kPathFragment;
  if (c == ';') return Code::kPathSemicolon;
  return Code::kPathIllegalByte;
}

/// The rejection of a percent-encoded byte, or kAllowed.
Code encoded_rejection(unsigned char c) noexcept {
  switch (c) {
    case '/':
      return Code::kPathEncodedSlash;
    case '\\':
      return Code::kPathEncodedBackslash;
    case ';':
      return Code::kPathEncodedSemicolon;
    case '#':
      return Code::kPathEncodedFragment;
    case '?':
      return Code::kPathEncodedQuestion;
    default:
      return path_bytes::is_control(c) ? Code::kPathEncodedControl : Code::kAllowed;
  }
}

}  // namespace

PathWalk::PathWalk(std::string_view in, char* out, std::size_t copied) noexcept
    : in_(in), out_(out), at_(copied), size_(copied) {
  segment_ = segment_in_ = in.rfind('/', copied - 1) + 1;
}

Code PathWalk::run() noexcept {
  while (at_ < in_.size()) {
    switch (class_of(in_[at_])) {
      case kPlain:
        plain(in_[at_]);
        ++at_;
        break;
      case kSlash:
        end_segment(false);
        ++at_;
        break;
      case kPercent:
        if (const Code code = triplet(); code != Code::kAllowed) return code;
        break;
      case kEncode:
        if (utf8_.open()) broken_utf8();
        encoded(static_cast<unsigned char>(in_[at_]));
        ++at_;
        break;
      case kBad:
        return raw_rejection(static_cast<unsigned char>(in_[at_]));
    }
  }
  end_segment(true);
  return Code::kAllowed;
}

Code PathWalk::late_rejection() noexcept {
  const auto reject = [this](std::size_t at, Code code) {
    at_ = at;
    return code;
  };
  if (double_at_ != kNever) return reject(double_at_, Code::kPathDoubleEncoded);
  if (utf8_at_ != kNever) return reject(utf8_at_, Code::kPathInvalidUtf8);
  if (empty_at_ != kNever && dot_at_ != kNever) {
    return reject(empty_at_ > dot_at_ ? empty_at_ : dot_at_, Code::kPathEmptyAndDotSegment);
  }
  if (above_at_ != kNever) return reject(above_at_, Code::kPathAboveRoot);
  return Code::kAllowed;
}

void PathWalk::plain(char c) noexcept {
  if (utf8_.open()) broken_utf8();
  out_[size_++] = c;
  // A second decoding would read a byte where this one reads '%' and digits. The digits may
  // themselves have been encoded (%25%32%65), so the result is what counts.
  const std::size_t behind = size_ - percent_end_;
  if ((behind == 2 || behind == 5) && double_at_ == kNever &&
      path_bytes::is_encoding({out_ + percent_end_, behind})) {
    double_at_ = percent_in_;
  }
}

void PathWalk::encoded(unsigned char byte) noexcept {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  out_[size_] = '%';
  out_[size_ + 1] = kHex[byte >> 4];
  out_[size_ + 2] = kHex[byte & 15];
  size_ += 3;
}

Code PathWalk::triplet() noexcept {
  if (in_.size() - at_ < 3) return Code::kPathPercentMalformed;
  const int high = hex_value(static_cast<unsigned char>(in_[at_ + 1]));
  const int low = hex_value(static_cast<unsigned char>(in_[at_ + 2]));
  if (high < 0 || low < 0) return Code::kPathPercentMalformed;
  const auto byte = static_cast<unsigned char>(high * 16 + low);
  if (const Code code = encoded_rejection(byte); code != Code::kAllowed) return code;
  const std::size_t from = at_;
  at_ += 3;
  if (path_bytes::is_unreserved(byte)) {
    plain(static_cast<char>(byte));
    return Code::kAllowed;
  }
  encoded(byte);
  if (byte == '%') {
    percent_end_ = size_;
    percent_in_ = from;
  }
  if (!utf8_.open()) sequence_in_ = from;
  if (!utf8_.step(byte)) broken_utf8();
  return Code::kAllowed;
}

void PathWalk::broken_utf8() noexcept {
  if (utf8_at_ == kNever) utf8_at_ = sequence_in_;
  utf8_ = path_bytes::Utf8();
}

void PathWalk::end_segment(bool last) noexcept {
  if (utf8_.open()) broken_utf8();
  percent_end_ = kNoPercent;
  const std::string_view segment(out_ + segment_, size_ - segment_);
  if (segment.empty()) {
    if (!last && empty_at_ == kNever) empty_at_ = segment_in_;  // a trailing '/' is not empty
  } else if (segment == ".") {
    if (dot_at_ == kNever) dot_at_ = segment_in_;
    size_ = segment_;
  } else if (segment == "..") {
    if (dot_at_ == kNever) dot_at_ = segment_in_;
    climb();
  } else if (!last) {
    out_[size_++] = '/';
    segment_ = size_;
  }
  segment_in_ = at_ + 1;
}

// RFC 3986, section 5.2.4, but a path above the root is rejected: /.. is an attack or a mistake.
void PathWalk::climb() noexcept {
  if (segment_ == 1) {
    if (above_at_ == kNever) above_at_ = segment_in_;
    size_ = 1;
    return;
  }
  size_ = segment_ - 1;
  while (out_[size_ - 1] != '/') --size_;
  segment_ = size_;
}

}  // namespace portcullis
