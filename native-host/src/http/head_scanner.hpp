// Finds the end of a request's head in bytes that arrive in pieces, and refuses early what no
// correct client sends: a bare LF or CR, a NUL, a folded line (RFC 9112, 2.2 and 5.2). Servers
// differ on what these mean, and request smuggling lives on such differences.
//
// It looks at line structure only; head_parser.hpp reads the lines. Each byte is looked at once.
#pragma once

#include <cstddef>
#include <string_view>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

/// Room for method, both limits of the target, an absolute-form's scheme and authority, version.
inline constexpr std::size_t kMaxRequestLineBytes =
    limits::kMaxPathBytes + limits::kMaxQueryBytes + 512;

class HeadScanner {
 public:
  enum class Result { kMore, kComplete, kRefused };

  /// `bytes` is everything received so far, from the first byte on; `max_header_bytes` is the limit
  /// of what is behind the request line. kComplete: head() is the head.
  Result scan(std::string_view bytes,
              std::size_t max_header_bytes = limits::kMaxHeaderBytes) noexcept;
  void reset() noexcept { *this = HeadScanner{}; }

  /// Where the head starts (empty lines before it are skipped, RFC 9112, 2.2) and ends, the empty
  /// line included.
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  [[nodiscard]] std::size_t end() const noexcept { return position_; }
  /// Why it was refused.
  [[nodiscard]] Code why() const noexcept { return why_; }
  [[nodiscard]] std::string_view detail() const noexcept { return detail_; }
  /// Where the request line ends; 0: not yet.

 private:
  Result refuse(Code why, std::string_view detail) noexcept;
  Result too_long(std::string_view bytes) noexcept;

  std::size_t begin_ = 0;
  std::size_t position_ = 0;          // the next byte to look at
  std::size_t line_ = 0;              // where the current line starts
  std::size_t request_line_end_ = 0;  // 0: not seen yet
  Code why_ = Code::kAllowed;
  std::string_view detail_;
};

}  // namespace portcullis::bff
