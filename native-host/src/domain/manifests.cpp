#include "domain/manifests.hpp"

#include "base/sha256.hpp"
#include "domain/config.hpp"

namespace portcullis::bff {

ManifestsDocument compose_manifests(const Tenant& tenant,
                                    const std::function<bool(const Plugin&)>& left_out) {
  ManifestsDocument document;
  document.json = "[";
  for (const std::string& id : tenant.order) {
    const Plugin* plugin = tenant.find(id);
    if (plugin == nullptr || left_out(*plugin)) continue;
    if (document.json.size() > 1) document.json += ',';
    document.json += plugin->manifest_json;
  }
  document.json += ']';
  document.etag = '"' + sha256_hex(document.json).substr(0, 32) + '"';
  return document;
}

// Plugin ids contain only letters, digits, '-', '.' and '_' (MANIFEST_BAD_ID): no escaping needed.
std::string bundle_url(std::string_view plugin_id, const Integrity* promised) {
  std::string url = "/api/plugins/bundle?entry=";
  url += plugin_id;
  url += "&id=";
  url += plugin_id;
  if (promised != nullptr) url += "&v=" + promised->hex();
  return url;
}

std::string wire_manifest(const Manifest& manifest, std::string_view url,
                          const Integrity* promised) {
  std::string json = portcullis::to_json(manifest);
  json.pop_back();  // the closing brace; a manifest is never {}, because it has an id
  json += ",\"bundle\":{\"url\":\"";
  json += url;
  json += "\",\"integrity\":";
  json += promised == nullptr ? "null" : '"' + promised->sri() + '"';
  json += "}}";
  return json;
}

}  // namespace portcullis::bff
