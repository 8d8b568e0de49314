#include "upstream/header_text.hpp"

#include <algorithm>
#include <array>

#include "upstream/header_filter.hpp"

namespace portcullis::bff {

namespace {

/// Splits the next element off a comma-separated list; commas in quotes do not separate.
std::string_view next_element(std::string_view& list) noexcept {
  bool quoted = false;
  std::size_t i = 0;
  for (; i < list.size(); ++i) {
    if (list[i] == '"') quoted = !quoted;
    if (quoted && list[i] == '\\') ++i;
    if (!quoted && list[i] == ',') break;
  }
  i = std::min(i, list.size());
  const std::string_view element = trim_ows(list.substr(0, i));
  list.remove_prefix(std::min(i + 1, list.size()));
  return element;
}

bool is_type_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$&^_.+-").find(c) != std::string_view::npos;
}

/// Types that execute nothing when a browser displays them.
constexpr std::array kInert = std::to_array<std::string_view>({
    "application/gzip",
    "application/json",
    "application/json-seq",
    "application/jsonl",
    "application/msgpack",
    "application/octet-stream",
    "application/pdf",
    "application/protobuf",
    "application/x-ndjson",
    "application/x-protobuf",
    "application/x-www-form-urlencoded",
    "application/zip",
    "text/calendar",
    "text/csv",
    "text/markdown",
    "text/plain",
    "text/tab-separated-values",
    "text/vcard",
});
static_assert(std::is_sorted(kInert.begin(), kInert.end()));

bool hex_lower(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool list_names(std::string_view list, std::string_view name) noexcept {
  while (!list.empty()) {
    if (iequals(next_element(list), name)) return true;
  }
  return false;
}

bool named_by_connection(std::span<const HeaderField> fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const HeaderField& field) {
    return iequals(field.name, "connection") && list_names(field.value, name);
  });
}

void append_list(std::string& list, std::string_view more) {
  more = trim_ows(more);
  if (more.empty()) return;
  if (!list.empty()) list.append(", ");
  list.append(more);
}

std::string private_cache_control(std::string_view value) {
  std::string result;
  bool closed = false;  // has "private" or "no-store" already
  while (!value.empty()) {
    const std::string_view element = next_element(value);
    std::string directive(element.substr(0, element.find('=')));
    std::transform(directive.begin(), directive.end(), directive.begin(), ascii_lower);
    if (directive.empty() || directive == "public" || directive == "s-maxage" ||
        directive == "proxy-revalidate") {
      continue;
    }
    // `private="field"` covers only that field.
    if (directive == "no-store" || (directive == "private" && element.size() == 7)) closed = true;
    append_list(result, element);
  }
  if (result.empty()) return "private, no-cache";
  return closed ? result : "private, " + result;
}

BodyKind classify_content_type(std::string_view content_type) noexcept {
  if (content_type == "application/json") return BodyKind::kInert;  // most answers
  // If two values were joined by a comma, browsers may use the last: not inert.
  if (content_type.find(',') != content_type.npos) return BodyKind::kActive;
  const std::string_view essence = trim_ows(content_type.substr(0, content_type.find(';')));
  std::array<char, 128> room{};
  if (essence.size() > room.size()) return BodyKind::kActive;
  std::transform(essence.begin(), essence.end(), room.begin(), ascii_lower);
  const std::string_view type(room.data(), essence.size());
  const std::size_t slash = type.find('/');
  if (slash == type.npos || slash == 0 || slash + 1 == type.size()) return BodyKind::kActive;
  for (std::size_t i = 0; i < type.size(); ++i) {
    if (i != slash && !is_type_char(type[i])) return BodyKind::kActive;
  }
  if (type == "text/event-stream") return BodyKind::kEventStream;
  if (std::binary_search(kInert.begin(), kInert.end(), type)) return BodyKind::kInert;
  if (type.ends_with("+xml")) return BodyKind::kActive;
  if (type.ends_with("+json")) return BodyKind::kInert;
  const std::string_view top = type.substr(0, slash);
  const bool media = top == "image" || top == "audio" || top == "video" || top == "font";
  return media ? BodyKind::kInert : BodyKind::kActive;
}

bool valid_traceparent(std::string_view value) noexcept {
  // version "-" trace-id "-" parent-id "-" flags; a later version may continue after another '-'.
  if (value.size() < 55 || value[2] != '-' || value[35] != '-' || value[52] != '-') return false;
  const std::string_view version = value.substr(0, 2);
  const std::string_view trace = value.substr(3, 32);
  const std::string_view parent = value.substr(36, 16);
  if (!hex_lower(version) || !hex_lower(trace) || !hex_lower(parent) ||
      !hex_lower(value.substr(53, 2)) || version == "ff") {
    return false;
  }
  if (trace.find_first_not_of('0') == trace.npos || parent.find_first_not_of('0') == parent.npos) {
    return false;
  }
  return value.size() == 55 || (version != "00" && value[55] == '-' && value.size() <= 256);
}

}  // namespace portcullis::bff
