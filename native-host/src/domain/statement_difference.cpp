#include "domain/statement_difference.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace portcullis::bff {
namespace {

using nlohmann::json;

constexpr std::size_t kMostDifferences = 3;
constexpr std::size_t kMostBytes = 120;

/// The three lines of a statement: format, bundle hash, manifest.
std::optional<std::array<std::string_view, 3>> lines_of(std::string_view text) {
  const std::size_t first = text.find('\n');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find('\n', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  std::string_view last = text.substr(second + 1);
  if (last.ends_with('\n')) last.remove_suffix(1);
  return std::array{text.substr(0, first), text.substr(first + 1, second - first - 1), last};
}

std::string shown(const json* value) {
  if (value == nullptr) return "absent";
  std::string text = value->dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMostBytes) text = text.substr(0, kMostBytes) + "...";
  return text;
}

/// Appends a key to a JSON pointer (RFC 6901).
std::string below(const std::string& pointer, std::string key) {
  for (std::size_t at = 0; at < key.size(); ++at) {
    if (key[at] == '~') key.replace(at++, 1, "~0");
    if (key[at] == '/') key.replace(at++, 1, "~1");
  }
  return pointer + '/' + key;
}

void compare(const json* was, const json* is, const std::string& pointer,
             std::vector<std::string>& found) {
  if (found.size() > kMostDifferences) return;
  if (was != nullptr && is != nullptr && *was == *is) return;
  const bool objects = was != nullptr && is != nullptr && was->is_object() && is->is_object();
  const bool arrays = was != nullptr && is != nullptr && was->is_array() && is->is_array();
  const auto at = [](const json& holder, const std::string& key) -> const json* {
    const auto member = holder.find(key);
    return member == holder.end() ? nullptr : &*member;
  };
  if (objects) {
    for (const auto& [key, value] : was->items()) {
      compare(&value, at(*is, key), below(pointer, key), found);
    }
    for (const auto& [key, value] : is->items()) {
      if (at(*was, key) == nullptr) compare(nullptr, &value, below(pointer, key), found);
    }
  } else if (arrays) {
    for (std::size_t i = 0; i < std::max(was->size(), is->size()); ++i) {
      compare(i < was->size() ? &(*was)[i] : nullptr, i < is->size() ? &(*is)[i] : nullptr,
              pointer + '/' + std::to_string(i), found);
    }
  } else {
    found.push_back('"' + pointer + "\" is " + shown(was) + " in what was signed, and " +
                    shown(is) + " here");
  }
}

}  // namespace

std::string statement_difference(std::string_view signed_text, std::string_view here) {
  const auto was = lines_of(signed_text);
  const auto is = lines_of(here);
  if (!was || !is) return "";
  std::vector<std::string> found;
  if ((*was)[0] != (*is)[0]) found.push_back("it was signed in the form " + std::string((*was)[0]));
  if ((*was)[1] != (*is)[1]) {
    found.push_back("it was signed with the bundle " + std::string((*was)[1]) + ", and here is " +
                    std::string((*is)[1]));
  }
  const json before = json::parse((*was)[2], nullptr, false);
  const json now = json::parse((*is)[2], nullptr, false);
  if (before.is_discarded() || now.is_discarded()) return "";
  compare(&before, &now, "", found);
  std::string text;
  for (std::size_t i = 0; i < std::min(found.size(), kMostDifferences); ++i) {
    text += (i == 0 ? "" : "; ") + found[i];
  }
  return found.size() > kMostDifferences ? text + "; and more" : text;
}

}  // namespace portcullis::bff
