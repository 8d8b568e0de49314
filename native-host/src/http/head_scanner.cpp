#include "http/head_scanner.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace portcullis::bff {

namespace {
constexpr std::size_t kMaxEmptyLines = 4;  // CRLFs accepted before the request line
}  // namespace

HeadScanner::Result HeadScanner::refuse(Code why, std::string_view detail) noexcept {
  why_ = why;
  detail_ = detail;
  return Result::kRefused;
}

HeadScanner::Result HeadScanner::too_long(std::string_view bytes) noexcept {
  if (request_line_end_ != 0) {
    return refuse(Code::kHeadersTooLarge, "the header section is too large");
  }
  // The line is incomplete, but its overlong part is known.
  const std::string_view line = bytes.substr(begin_);
  const std::size_t space = line.find(' ');
  const std::size_t query = line.find('?');
  if (space == std::string_view::npos || space > 64) {
    // RFC 9112, section 3: longer than any known method.
    const std::string_view method = line.substr(0, space);
    const bool token = std::all_of(method.begin(), method.end(), is_token_char);
    return token ? refuse(Code::kMethodUnknown, "the method is too long")
                 : refuse(Code::kBadRequest, "the request line is too long");
  }
  if (query != std::string_view::npos && query - space - 1 <= limits::kMaxPathBytes) {
    return refuse(Code::kQueryTooLong, "the query is too long");
  }
  return refuse(Code::kPathTooLong, "the path is too long");
}

HeadScanner::Result HeadScanner::scan(std::string_view bytes,
                                      std::size_t max_header_bytes) noexcept {
  while (position_ < bytes.size()) {
    if (position_ != line_) {
      // Within a line: skip to the next control character, eight bytes at a time.
      position_ += until_control(bytes.substr(position_));
      const std::size_t start = request_line_end_ == 0 ? begin_ : request_line_end_;
      const std::size_t limit = request_line_end_ == 0 ? kMaxRequestLineBytes : max_header_bytes;
      if (position_ - start > limit) return too_long(bytes);
      if (position_ == bytes.size()) break;
    }
    const char c = bytes[position_];
    if (c == '\0') return refuse(Code::kBadRequest, "a NUL byte in the head");
    if (c != '\r' && c != '\n') {
      if (position_ == line_ && request_line_end_ != 0 && (c == ' ' || c == '\t')) {
        return refuse(Code::kBadRequest, "a folded header line");  // RFC 9112, section 5.2
      }
      ++position_;
      continue;
    }
    if (c == '\n') return refuse(Code::kBadRequest, "a line that ends in a bare LF");
    if (position_ + 1 == bytes.size()) return Result::kMore;
    if (bytes[position_ + 1] != '\n') return refuse(Code::kBadRequest, "a bare CR");
    const bool empty = position_ == line_;
    position_ += 2;
    line_ = position_;
    if (request_line_end_ != 0) {
      if (empty) return Result::kComplete;
    } else if (empty) {
      begin_ = position_;
      if (begin_ > 2 * kMaxEmptyLines) {
        return refuse(Code::kBadRequest, "too many empty lines before the request");
      }
    } else {
      request_line_end_ = position_;
    }
  }
  return Result::kMore;
}

}  // namespace portcullis::bff
