#include "http/media_type.hpp"

#include <algorithm>
#include <string>

#include "base/ascii.hpp"

namespace portcullis::bff {

std::string_view extension_of(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

const MediaType* find_media_type(std::string_view path) noexcept {
  const std::string_view extension = extension_of(path);
  if (extension.size() < 2 || extension.size() > 16) return nullptr;
  std::string lower(extension.substr(1));
  for (char& c : lower) c = ascii_lower(c);
  const auto* row = std::lower_bound(
      kMediaTypes.begin(), kMediaTypes.end(), lower,
      [](const MediaType& type, const std::string& name) { return type.extension < name; });
  return row != kMediaTypes.end() && row->extension == lower ? row : nullptr;
}

std::string_view media_type_of(std::string_view path) noexcept {
  const MediaType* type = find_media_type(path);
  return type == nullptr ? std::string_view("application/octet-stream") : type->type;
}

}  // namespace portcullis::bff
