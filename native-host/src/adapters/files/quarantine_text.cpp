#include "adapters/files/quarantine_text.hpp"

#include <nlohmann/json.hpp>

namespace portcullis::bff {
namespace {

using Json = nlohmann::ordered_json;

/// A required non-empty string; "" if invalid.
std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

/// Fills the entry; returns what is wrong with it, or "".
std::string read_entry(const Json& item, QuarantineEntry& entry) {
  if (!item.is_object()) return "is not an object";
  entry.tenant = text_of(item, "tenant");
  entry.plugin_id = text_of(item, "plugin_id");
  if (entry.tenant.empty() || entry.plugin_id.empty()) return "has no tenant or no plugin_id";
  if (item.contains("version") && !item["version"].is_null()) {
    if (!item["version"].is_string()) return "has a version that is not a text";
    entry.version = item["version"].get<std::string>();
  }
  entry.reason = text_of(item, "reason");
  entry.actor = text_of(item, "actor");
  const auto since = parse_rfc3339(text_of(item, "since"));
  if (!since) return "has no valid \"since\"";
  entry.since = *since;
  if (item.contains("expires_at") && !item["expires_at"].is_null()) {
    const auto expires = parse_rfc3339(text_of(item, "expires_at"));
    if (!expires) return "has an \"expires_at\" that is not a date-time";
    entry.expires_at = *expires;
  }
  return {};
}

Json entry_json(const QuarantineEntry& entry) {
  return {
      {"tenant", entry.tenant},
      {"plugin_id", entry.plugin_id},
      {"version", entry.version ? Json(*entry.version) : Json(nullptr)},
      {"reason", entry.reason},
      {"actor", entry.actor},
      {"since", format_rfc3339(entry.since)},
      {"expires_at", entry.expires_at ? Json(format_rfc3339(*entry.expires_at)) : Json(nullptr)}};
}

bool has_format(const Json& document) {
  return document.is_object() && document.contains("format") && document["format"] == 1;
}

std::optional<std::uint64_t> journal_of(const Json& document) {
  const auto found = document.find("journal");
  if (found == document.end()) return 0;
  if (!found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

}  // namespace

std::variant<QuarantineList, std::string> parse_quarantine_file(std::string_view text) {
  const Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return std::string("it is not JSON");
  if (!has_format(document)) return std::string("its \"format\" is not 1");
  if (!document.contains("entries") || !document["entries"].is_array()) {
    return std::string("it has no array \"entries\"");
  }
  const auto journal = journal_of(document);
  if (!journal) return std::string("its \"journal\" is not a number");
  QuarantineList list{*journal, {}};
  for (const Json& item : document["entries"]) {
    QuarantineEntry entry;
    const std::string wrong = read_entry(item, entry);
    if (!wrong.empty()) return "entry " + std::to_string(list.entries.size()) + " " + wrong;
    list.entries.push_back(std::move(entry));
  }
  return list;
}

std::string format_quarantine_file(const std::vector<QuarantineEntry>& entries,
                                   std::uint64_t journal) {
  Json items = Json::array();
  for (const QuarantineEntry& entry : entries) items.push_back(entry_json(entry));
  const Json document{{"format", 1}, {"journal", journal}, {"entries", std::move(items)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string journal_head(std::uint64_t number) {
  return Json{{"format", 1}, {"journal", number}}.dump() + "\n";
}

std::string journal_line(const QuarantineStep& step) {
  const Json line{{step.set ? "set" : "lifted", entry_json(step.entry)}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::variant<std::vector<QuarantineStep>, std::string> parse_quarantine_journal(
    std::string_view text, std::uint64_t number) {
  std::vector<QuarantineStep> steps;
  for (std::size_t at = 0, line = 1;; ++line) {
    const std::size_t end = text.find('\n', at);
    if (end == text.npos) return steps;  // the rest is an incomplete write
    const Json document = Json::parse(text.substr(at, end - at), nullptr, false);
    at = end + 1;
    const std::string where = "line " + std::to_string(line) + " ";
    if (document.is_discarded()) return where + "is not JSON";
    if (line == 1) {
      const auto own = journal_of(document);
      if (!has_format(document) || !own) return where + "has no \"format\" 1 and \"journal\"";
      if (*own != number) return std::vector<QuarantineStep>{};
      continue;
    }
    const bool set = document.is_object() && document.contains("set");
    if (!set && (!document.is_object() || !document.contains("lifted"))) {
      return where + "has neither \"set\" nor \"lifted\"";
    }
    QuarantineStep step{set, {}};
    const std::string wrong = read_entry(document[set ? "set" : "lifted"], step.entry);
    if (!wrong.empty()) return where + wrong;
    steps.push_back(std::move(step));
  }
}

}  // namespace portcullis::bff
