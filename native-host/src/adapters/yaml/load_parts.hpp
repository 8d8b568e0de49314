// Readers of the single files. Each takes a parsed file, reports its problems and fills one part of
// a snapshot; loader.cpp calls them in dependency order.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/loader.hpp"
#include "adapters/yaml/yaml_reader.hpp"
#include "domain/config.hpp"
#include "lab/fixture.hpp"
#include "lab/policy.hpp"

namespace portcullis::bff {

/// `settings.tenants` of one tenant.
struct TenantDetails {
  std::string name;
  std::vector<std::string> aliases;  ///< normalised
  std::optional<Stamps> stamps;      ///< nullopt: as settings.stamps
};

/// The content of settings.yaml.
struct SettingsFile {
  Settings settings;
  std::map<std::string, TenantDetails> tenants;  ///< by normalised id
};

/// The tenants of plugins.yaml. Null below if that file is unreadable, so that its error is not
/// repeated for each mention of a tenant.
using TenantNames = std::set<std::string>;

SettingsFile load_settings(const YamlNode& root, ProblemSink& sink, const LoadOptions& options);

/// Read `signing` and `dev`, then `tenants.HOST.signing` of each tenant, then checks across all of
/// them.
void load_signing(MapReader& root, SigningSettings& settings, const LoadOptions& options);
void load_tenant_signing(MapReader& tenant, const std::string& id, SigningSettings& settings,
                         const LoadOptions& options);
void check_revoked_ids(MapReader& root, const SigningSettings& settings);

/// Ids in file order. Tenants have plugins only; details, theme and wire form are added later.
struct PluginsFile {
  std::vector<std::shared_ptr<Tenant>> tenants;
};
PluginsFile load_plugins(const YamlNode& root, ProblemSink& sink, const Settings& settings,
                         const std::shared_ptr<BundleFiles>& store, WallTime now);

/// The path below the plugins folder; nullopt unless `file` is a plain path below /app/plugins.
std::optional<std::string> relative_bundle_path(std::string_view file);

/// `signatures` of an entry of plugins.yaml: texts, or files below /app/plugins. Missing ones are
/// looked for beside the bundle.
struct WrittenSignatures {
  std::optional<std::string> bundle;
  std::optional<std::string> manifest;
};
WrittenSignatures read_signatures(MapReader& entry);

/// Checks a plugin's signatures against its tenant's keys and sets its signature_status, if there
/// is anything to check. Calls `note` for every problem, with a pointer below the entry.
using SignatureNote = std::function<void(Code, std::string_view pointer, std::string message)>;
void judge_signatures(Plugin& plugin, const WrittenSignatures& written,
                      const SigningSettings& settings, WallTime now, const SignatureNote& note);

std::map<std::string, Idp, std::less<>> load_idps(const YamlNode& root, ProblemSink& sink);
std::map<std::string, User, std::less<>> load_users(
    const YamlNode& root, ProblemSink& sink, const std::map<std::string, Idp, std::less<>>& idps,
    const TenantNames* tenants);

std::map<std::string, std::shared_ptr<const Fixture>, std::less<>> load_fixtures(
    const YamlNode& root, ProblemSink& sink);

/// The content of routes.yaml.
struct RoutesFile {
  std::map<std::string, UpstreamTargetPtr, std::less<>> upstreams;
  std::vector<RouteRule> routes;
};
RoutesFile load_routes(
    const YamlNode& root, ProblemSink& sink,
    const std::map<std::string, std::shared_ptr<const Fixture>, std::less<>>* fixtures,
    const TenantNames* tenants, const std::filesystem::path& folder = {});

/// Reads `forward_headers` of an upstream or route: lower-case names, all of which may pass.
std::vector<std::string> read_forward_headers(MapReader& reader);
/// Appends without duplicates.
void add_forward_headers(std::vector<std::string>& to, const std::vector<std::string>& more);
/// Reads `origins`, `server_name` and `ca_file` of an upstream; paths are relative to `folder`.
void read_upstream_identity(MapReader& reader, UpstreamTarget& target,
                            const std::filesystem::path& folder);

PdpPolicy load_policy(const YamlNode& root, ProblemSink& sink, const TenantNames* tenants);

/// The content of theme.yaml.
struct ThemesFile {
  Theme fallback;
  std::map<std::string, Theme> tenants;  ///< merged over the fallback
};
ThemesFile load_theme(const YamlNode& root, ProblemSink& sink, const TenantNames* tenants);
/// The theme without theme.yaml: no tokens.
Theme plain_theme();

/// Reads `key` as normalised hosts; invalid ones are errors. With `limits`, absence means all
/// tenants, so an empty list is an error, and so is a host not in plugins.yaml; otherwise such a
/// host is kept with a warning.
std::vector<std::string> read_tenants(MapReader& reader, std::string_view key,
                                      const TenantNames* tenants, bool limits);

/// E.g. `the tenant "x" is not in plugins.yaml`, with a suggestion.
std::string unknown_tenant(const std::string& id, const TenantNames& tenants);

/// The names in a map, for did_you_mean().
template <typename Map>
std::vector<std::string> names_in(const Map& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) names.push_back(entry.first);
  return names;
}

/// Reads {per_second, burst}; missing values come from `fallback`.
Rate read_rate(const YamlNode& node, const std::string& pointer, ProblemSink& sink, Rate fallback);

/// Reads a rule's `params`, with the shapes of a manifest.
std::vector<ParamSpec> read_params(MapReader& reader, std::string_view key);

}  // namespace portcullis::bff
