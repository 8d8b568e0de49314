// users.yaml and idps.yaml: accounts of the lab login and their subject ids.

#include <algorithm>

#include "adapters/yaml/load_parts.hpp"
#include "base/host_name.hpp"

namespace portcullis::bff {
namespace {

/// Parts of a subject id, "auth:account:{provider}:{user}": a ':' could make two accounts equal, a
/// '*' would be a wildcard in policy.yaml.
bool is_id_part(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@' || c == '+';
  });
}

constexpr std::string_view kIdPart =
    " may only have letters, digits and . _ - @ + (it becomes a part of "
    "auth:account:{provider}:{user})";

}  // namespace

std::string unknown_tenant(const std::string& id, const TenantNames& tenants) {
  return "the tenant \"" + id + "\" is not in plugins.yaml" +
         did_you_mean(id, {tenants.begin(), tenants.end()});
}

std::vector<std::string> read_tenants(MapReader& reader, std::string_view key,
                                      const TenantNames* tenants, bool limits) {
  std::vector<std::string> result;
  for (const std::string& written : limits ? reader.some_texts(key) : reader.texts(key)) {
    const std::optional<std::string> id = normalize_host_name(written);
    const bool dangling = id && tenants != nullptr && !tenants->contains(*id);
    if (!id) {
      reader.error(Code::kConfigBadValue, key, "\"" + written + "\" is not a host name");
    } else if (dangling && limits) {
      reader.error(Code::kConfigDangling, key, unknown_tenant(*id, *tenants));
    } else if (dangling) {
      reader.warning(Code::kConfigDangling, key, unknown_tenant(*id, *tenants));
    }
    if (!id || (dangling && limits)) continue;
    if (std::find(result.begin(), result.end(), *id) == result.end()) {
      result.push_back(*id);
    }
  }
  return result;
}

std::map<std::string, Idp, std::less<>> load_idps(const YamlNode& root, ProblemSink& sink) {
  std::map<std::string, Idp, std::less<>> result;
  MapReader reader(root, "", sink);
  const YamlNode* list = reader.list("idps");
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    MapReader entry(list->items[i], "/idps/" + std::to_string(i), sink);
    Idp idp;
    idp.name = entry.required_text("name");
    idp.provider = entry.text("provider").value_or(idp.name);
    idp.issuer = entry.text("issuer").value_or("");
    if (!idp.provider.empty() && !is_id_part(idp.provider)) {
      entry.error(Code::kConfigBadValue, "provider", "\"provider\"" + std::string(kIdPart));
    }
    entry.finish();
    if (idp.name.empty()) continue;
    if (result.contains(idp.name)) {
      entry.error(Code::kConfigDuplicate, "name", "the idp \"" + idp.name + "\" is listed twice");
      continue;
    }
    result.emplace(idp.name, std::move(idp));
  }
  reader.finish();
  return result;
}

std::map<std::string, User, std::less<>> load_users(
    const YamlNode& root, ProblemSink& sink, const std::map<std::string, Idp, std::less<>>& idps,
    const TenantNames* tenants) {
  std::map<std::string, User, std::less<>> result;
  MapReader reader(root, "", sink);
  const YamlNode* list = reader.list("users");
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    MapReader entry(list->items[i], "/users/" + std::to_string(i), sink);
    User user;
    user.where = sink.location(list->items[i]);
    user.user = entry.required_text("user");
    user.password = entry.required_text("password");
    user.name = entry.text("name").value_or(user.user);
    user.roles = entry.texts("roles");
    user.tenants = read_tenants(entry, "tenants", tenants, false);
    user.idp = entry.required_text("idp");
    if (!user.user.empty() && !is_id_part(user.user)) {
      entry.error(Code::kConfigBadValue, "user", "\"user\"" + std::string(kIdPart));
    }
    if (const auto idp = idps.find(user.idp); idp != idps.end()) {
      user.provider = idp->second.provider;
    } else if (!user.idp.empty()) {
      entry.error(Code::kConfigDangling, "idp",
                  "the idp \"" + user.idp + "\" is not in idps.yaml" +
                      did_you_mean(user.idp, names_in(idps)));
    }
    user.subject_id = "auth:account:" + user.provider + ':' + user.user;
    entry.finish();
    if (user.user.empty()) continue;
    if (result.contains(user.user)) {
      entry.error(Code::kConfigDuplicate, "user", "the user \"" + user.user + "\" is listed twice");
      continue;
    }
    result.emplace(user.user, std::move(user));
  }
  reader.finish();
  return result;
}

}  // namespace portcullis::bff
