#include "filled.hpp"

#include "decimal.hpp"
#include "json.hpp"

namespace portcullis {
namespace {

constexpr std::size_t kQuotedBytes = 80;

void append_quoted(std::string& out, std::string_view text) {
  if (text.size() <= kQuotedBytes) return json::append_string(out, text);
  std::size_t cut = kQuotedBytes;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  json::append_string(out, std::string(text.substr(0, cut)).append("..."));
}

}  // namespace

std::string fill(const char* pattern, const Filling* fillings) {
  std::string out;
  for (;; ++pattern) {
    const char* const begin = pattern;
    while (*pattern != '\0' && *pattern != '@' && *pattern != '~') ++pattern;
    out.append(begin, static_cast<std::size_t>(pattern - begin));
    if (*pattern == '\0') return out;
    const Filling& filling = *fillings++;
    if (filling.at_ == &Filling::kNumber) {
      append_decimal(out, filling.size_);
      continue;
    }
    const std::string_view text =
        filling.size_ == Filling::kString
            ? std::string_view(*static_cast<const std::string*>(filling.at_))
            : std::string_view(static_cast<const char*>(filling.at_), filling.size_);
    if (*pattern == '~') {
      append_quoted(out, text);
    } else {
      out += text;
    }
  }
}

}  // namespace portcullis
