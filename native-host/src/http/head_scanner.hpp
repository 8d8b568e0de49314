// Finds the end of a request head in bytes that arrive in pieces, and rejects early what no correct
// client sends: a bare LF or CR, a NUL, a folded line (RFC 9112, sections 2.2 and 5.2). Servers
// interpret these differently, which enables request smuggling.
//
// Checks the line structure only; head_parser.hpp parses the lines. Each byte is examined once.
#pragma once

#include <cstddef>
#include <string_view>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

/// Room for the method, the largest target, an absolute-form's scheme and authority, and the
/// version.
inline constexpr std::size_t kMaxRequestLineBytes =
    limits::kMaxPathBytes + limits::kMaxQueryBytes + 512;

/// The scanner of one head.
class HeadScanner {
 public:
  /// kMore: the head is incomplete.
  enum class Result { kMore, kComplete, kRefused };

  /// `bytes`: everything received so far, from the first byte. `max_header_bytes`: limit for the
  /// bytes after the request line. kComplete: the head is
  /// [begin(), end()).
  Result scan(std::string_view bytes,
              std::size_t max_header_bytes = limits::kMaxHeaderBytes) noexcept;
  /// Prepares for the next head.
  void reset() noexcept { *this = HeadScanner{}; }

  /// Offsets of the head's start (after skipped empty lines, RFC 9112, section 2.2) and end,
  /// including the empty line.
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  [[nodiscard]] std::size_t end() const noexcept { return position_; }
  /// The reason for kRefused, and one sentence about it.
  [[nodiscard]] Code why() const noexcept { return why_; }
  [[nodiscard]] std::string_view detail() const noexcept { return detail_; }

 private:
  Result refuse(Code why, std::string_view detail) noexcept;
  Result too_long(std::string_view bytes) noexcept;

  std::size_t begin_ = 0;
  std::size_t position_ = 0;          // next byte to examine
  std::size_t line_ = 0;              // start of the current line
  std::size_t request_line_end_ = 0;  // 0: not received yet
  Code why_ = Code::kAllowed;
  std::string_view detail_;
};

}  // namespace portcullis::bff
