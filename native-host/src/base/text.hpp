// Text that a person wrote into a file, before its parser sees it.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

struct TextProblem {
  int line = 0;
  int column = 0;
  std::string message;  ///< empty: nothing is wrong
};

/// Whether a file that a person wrote is text that is read here: UTF-8, with or without a byte
/// order mark, and no control bytes but tab, LF and CR. UTF-16 is refused by its name.
TextProblem check_text(std::string_view text);

/// Without the UTF-8 byte order mark that Windows editors write.
std::string_view without_bom(std::string_view text) noexcept;

}  // namespace portcullis::bff
