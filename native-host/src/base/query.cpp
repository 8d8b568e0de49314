#include "base/query.hpp"

#include "base/ascii.hpp"

namespace portcullis::bff {

Query::Text::Text(std::string_view text)
    : as_is_(text), plain_(text.find('%') == std::string_view::npos) {
  if (plain_) return;
  decoded_.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded_.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    decoded_.push_back(text[i]);
  }
}

Query::Query(std::string_view text) {
  constexpr std::size_t kMostly = 4;
  pairs_.reserve(kMostly);
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    pairs_.push_back(
        {Text(pair.substr(0, equals)),
         Text(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1))});
  }
}

std::size_t Query::count(std::string_view name) const {
  std::size_t n = 0;
  for (const Pair& pair : pairs_) n += pair.name.view() == name ? 1 : 0;
  return n;
}

std::optional<std::string_view> Query::single(std::string_view name) const {
  const Pair* found = nullptr;
  for (const Pair& pair : pairs_) {
    if (pair.name.view() != name) continue;
    if (found != nullptr) return std::nullopt;
    found = &pair;
  }
  return found == nullptr ? std::nullopt : std::optional(found->value.view());
}

}  // namespace portcullis::bff
