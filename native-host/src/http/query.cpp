#include "http/query.hpp"

#include "http/ascii.hpp"

namespace portcullis::bff {

namespace {

std::string decode(std::string_view text) {
  if (text.find('%') == text.npos) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

}  // namespace

Query::Query(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    pairs_.emplace_back(decode(pair.substr(0, equals)), equals == std::string_view::npos
                                                            ? std::string()
                                                            : decode(pair.substr(equals + 1)));
  }
}

std::size_t Query::count(std::string_view name) const {
  std::size_t n = 0;
  for (const auto& pair : pairs_) n += pair.first == name ? 1 : 0;
  return n;
}

std::optional<std::string_view> Query::single(std::string_view name) const {
  if (count(name) != 1) return std::nullopt;
  for (const auto& pair : pairs_) {
    if (pair.first == name) return pair.second;
  }
  return std::nullopt;
}

}  // namespace portcullis::bff
