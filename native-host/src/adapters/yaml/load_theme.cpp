#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/yaml/load_parts.hpp"
#include "base/host_name.hpp"
#include "base/sha256.hpp"

namespace portcullis::bff {
namespace {

bool is_token_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

/// A token becomes the value of a CSS custom property. Values that could end the declaration, open
/// a block or make the page fetch something are rejected here, so that pages need not check.
bool is_token_value(std::string_view value) {
  if (value.empty() || value.size() > 256) return false;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || std::string_view(";{}<>\\@").find(c) != std::string::npos) {
      return false;
    }
  }
  std::string lower(value);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const std::string_view word : {"url(", "image-set(", "expression(", "/*"}) {
    if (lower.find(word) != std::string::npos) return false;
  }
  return true;
}

void merge_tokens(MapReader& theme, std::string_view key, std::map<std::string, std::string>& out) {
  const YamlNode* node = theme.map(key);
  if (node == nullptr) return;
  const std::string base = theme.pointer_of(key);
  for (std::size_t i = 0; i < node->keys.size(); ++i) {
    const YamlNode& name = node->keys[i];
    const YamlNode& value = node->items[i];
    const std::string pointer = base + pointer_segment(name.text);
    if (!is_token_name(name.text)) {
      theme.sink().error(Code::kConfigBadValue, name, pointer,
                         "a token's name may only have lower-case letters, digits, '.' and '-'");
    } else if (!value.is_scalar()) {
      theme.sink().error(Code::kConfigWrongType, value, pointer,
                         "a token's value must be a text, not " + shown(value));
    } else if (!is_token_value(value.text)) {
      theme.sink().error(Code::kConfigBadValue, value, pointer,
                         "a token must be one short CSS value without ; { } < > \\ @ and url()");
    } else {
      out[name.text] = value.text;
    }
  }
}

void read_theme(const YamlNode& node, const std::string& pointer, ProblemSink& sink, Theme& theme) {
  MapReader reader(node, pointer, sink);
  if (auto name = reader.text("name")) theme.name = *name;
  merge_tokens(reader, "tokens", theme.tokens);
  merge_tokens(reader, "dark", theme.dark);
  merge_tokens(reader, "light", theme.light);
  reader.finish();
}

void seal(Theme& theme) {
  const nlohmann::ordered_json document = {
      {"name", theme.name}, {"tokens", theme.tokens}, {"dark", theme.dark}, {"light", theme.light}};
  theme.json = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  theme.etag = '"' + sha256_hex(theme.json).substr(0, 32) + '"';
}

}  // namespace

Theme plain_theme() {
  Theme theme;
  theme.name = "Plain";
  seal(theme);
  return theme;
}

ThemesFile load_theme(const YamlNode& root, ProblemSink& sink, const TenantNames* tenants) {
  ThemesFile file;
  file.fallback.name = "Plain";
  MapReader reader(root, "", sink);
  if (const YamlNode* node = reader.map("themes")) {
    MapReader themes(*node, "/themes", sink);
    if (const YamlNode* fallback = themes.map("default")) {
      read_theme(*fallback, "/themes/default", sink, file.fallback);
    }
    const YamlNode* own = themes.map("tenants");
    for (std::size_t i = 0; own != nullptr && i < own->keys.size(); ++i) {
      const YamlNode& key = own->keys[i];
      const std::string pointer = "/themes/tenants" + pointer_segment(key.text);
      const std::optional<std::string> id = normalize_host_name(key.text);
      if (!id) {
        sink.error(Code::kConfigBadValue, key, pointer, "\"" + key.text + "\" is not a host name");
        continue;
      }
      if (tenants != nullptr && !tenants->contains(*id)) {
        sink.warning(Code::kConfigDangling, key, pointer, unknown_tenant(*id, *tenants));
      }
      Theme theme = file.fallback;
      read_theme(own->items[i], pointer, sink, theme);
      seal(theme);
      file.tenants.insert_or_assign(*id, std::move(theme));
    }
    themes.finish();
  }
  reader.finish();
  seal(file.fallback);
  return file;
}

}  // namespace portcullis::bff
