// Checks of hand-written files before parsing.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

/// A problem and its position.
struct TextProblem {
  /// 1-based.
  int line = 0;
  /// 1-based.
  int column = 0;
  std::string message;  ///< empty if there is no problem
};

/// Checks that a file is UTF-8, with or without a byte order mark, and has no control bytes but
/// tab, LF and CR. UTF-16 is rejected with a message that names it.
TextProblem check_text(std::string_view text);

/// Removes a UTF-8 byte order mark, as Windows editors write it.
std::string_view without_bom(std::string_view text) noexcept;

}  // namespace portcullis::bff
