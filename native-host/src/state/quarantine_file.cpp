#include "state/quarantine_file.hpp"

#include <nlohmann/json.hpp>

namespace portcullis::bff {
namespace {

using Json = nlohmann::ordered_json;

/// A required string that is not empty.
std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

}  // namespace

std::variant<std::vector<QuarantineEntry>, std::string> parse_quarantine_file(
    std::string_view text) {
  const Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return std::string("it is not JSON");
  if (!document.is_object() || !document.contains("format") || document["format"] != 1) {
    return std::string("its \"format\" is not 1");
  }
  if (!document.contains("entries") || !document["entries"].is_array()) {
    return std::string("it has no array \"entries\"");
  }
  std::vector<QuarantineEntry> entries;
  for (const Json& item : document["entries"]) {
    const std::string where = "entry " + std::to_string(entries.size()) + " ";
    if (!item.is_object()) return where + "is not an object";
    QuarantineEntry entry;
    entry.tenant = text_of(item, "tenant");
    entry.plugin_id = text_of(item, "plugin_id");
    if (entry.tenant.empty() || entry.plugin_id.empty()) {
      return where + "has no tenant or no plugin_id";
    }
    if (item.contains("version") && !item["version"].is_null()) {
      if (!item["version"].is_string()) return where + "has a version that is not a text";
      entry.version = item["version"].get<std::string>();
    }
    entry.reason = text_of(item, "reason");
    entry.actor = text_of(item, "actor");
    const auto since = parse_rfc3339(text_of(item, "since"));
    if (!since) return where + "has no valid \"since\"";
    entry.since = *since;
    if (item.contains("expires_at") && !item["expires_at"].is_null()) {
      const auto expires = parse_rfc3339(text_of(item, "expires_at"));
      if (!expires) return where + "has an \"expires_at\" that is not a date-time";
      entry.expires_at = *expires;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string format_quarantine_file(const std::vector<QuarantineEntry>& entries) {
  Json items = Json::array();
  for (const QuarantineEntry& entry : entries) {
    items.push_back({{"tenant", entry.tenant},
                     {"plugin_id", entry.plugin_id},
                     {"version", entry.version ? Json(*entry.version) : Json(nullptr)},
                     {"reason", entry.reason},
                     {"actor", entry.actor},
                     {"since", format_rfc3339(entry.since)},
                     {"expires_at",
                      entry.expires_at ? Json(format_rfc3339(*entry.expires_at)) : Json(nullptr)}});
  }
  const Json document{{"format", 1}, {"entries", std::move(items)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace portcullis::bff
