#include "http/build_list.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/ascii.hpp"

namespace portcullis::bff {

namespace {

using nlohmann::json;

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string text_of(const json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// "NAME-HASH.EXT" for NAME.
bool is_hashed(std::string_view file, std::string_view name) {
  constexpr std::size_t kLeastHash = 8;
  file = base_name(file);
  if (name.empty() || !file.starts_with(name) || file.size() <= name.size()) return false;
  const char between = file[name.size()];
  if (between != '-' && between != '.' && between != '_') return false;
  const std::string_view rest = file.substr(name.size() + 1);
  const std::string_view hash = rest.substr(0, rest.find('.'));
  const auto is_plain = [](char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '-'; };
  return hash.size() >= kLeastHash && hash.size() < rest.size() &&
         std::all_of(hash.begin(), hash.end(), is_plain);
}

}  // namespace

std::set<std::string, std::less<>> hashed_files(std::string_view manifest) {
  std::set<std::string, std::less<>> out;
  const json list = json::parse(manifest, nullptr, false);
  if (!list.is_object()) return out;
  for (const auto& [key, entry] : list.items()) {
    if (!entry.is_object()) continue;
    std::vector<std::string> names{text_of(entry, "name")};
    for (const std::string& source : {key, text_of(entry, "src")}) {
      const std::string_view base = base_name(source);
      names.emplace_back(base.substr(0, base.rfind('.')));
    }
    const auto take = [&](const std::string& file) {
      const bool hashed = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return is_hashed(file, name);
      });
      if (hashed) out.insert(file);
    };
    take(text_of(entry, "file"));
    for (const char* more : {"css", "assets"}) {
      const auto files = entry.find(more);
      if (files == entry.end() || !files->is_array()) continue;
      for (const json& file : *files) {
        if (file.is_string()) take(file.get<std::string>());
      }
    }
  }
  return out;
}

}  // namespace portcullis::bff
