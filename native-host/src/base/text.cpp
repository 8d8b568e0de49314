#include "base/text.hpp"

#include <cstddef>
#include <utility>

#include "portcullis/utf8.hpp"

namespace portcullis::bff {
namespace {

constexpr std::string_view kBom = "\xef\xbb\xbf";

TextProblem at_offset(std::string_view text, std::size_t offset, std::string message) {
  TextProblem problem{1, 1, std::move(message)};
  for (std::size_t i = 0; i < offset; ++i) {
    problem.column = text[i] == '\n' ? 1 : problem.column + 1;
    problem.line += text[i] == '\n' ? 1 : 0;
  }
  return problem;
}

/// Detects UTF-16 by its mark, or by a zero in every other byte of plain English.
bool is_utf16(std::string_view text) noexcept {
  if (text.size() < 2) return false;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return true;
  return (text[0] == '\0') != (text[1] == '\0');
}

}  // namespace

std::string_view without_bom(std::string_view text) noexcept {
  return text.starts_with(kBom) ? text.substr(kBom.size()) : text;
}

TextProblem check_text(std::string_view text) {
  if (is_utf16(text)) {
    return {1, 1, "is UTF-16, as PowerShell's > writes it; save it as UTF-8"};
  }
  text = without_bom(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f) {
      return at_offset(text, i, "holds a control byte; remove it, or write it as an escape");
    }
  }
  if (utf8::is_valid(text)) return {};
  // Binary search: the longest valid prefix ends before the first invalid byte.
  std::size_t good = 0;
  std::size_t bad = text.size();
  while (good + 1 < bad) {
    const std::size_t middle = good + (bad - good) / 2;
    std::size_t cut = middle;  // not within a character
    while (cut > good && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80U) --cut;
    if (cut == good) cut = middle;
    (utf8::is_valid(text.substr(0, cut)) ? good : bad) = cut;
  }
  return at_offset(text, good, "is not valid UTF-8; save it as UTF-8");
}

}  // namespace portcullis::bff
