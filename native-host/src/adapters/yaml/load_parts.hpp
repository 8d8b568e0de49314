// The readers of the single files. Each takes a parsed file, notes what is wrong with it and fills
// one part of a snapshot; loader.cpp calls them in the order in which they need each other.
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
  std::optional<Stamps> stamps;      ///< as settings.stamps when it says nothing
};

struct SettingsFile {
  Settings settings;
  std::map<std::string, TenantDetails> tenants;  ///< by normalised id
};

/// The tenants that plugins.yaml lists; null in the readers below when that file is unreadable,
/// so that one mistake there is not reported once more per mention of a tenant.
using TenantNames = std::set<std::string>;

SettingsFile load_settings(const YamlNode& root, ProblemSink& sink, const LoadOptions& options);

/// `signing` and `dev`, then `tenants.HOST.signing` of each tenant, then what only all of them
/// tell.
void load_signing(MapReader& root, SigningSettings& settings, const LoadOptions& options);
void load_tenant_signing(MapReader& tenant, const std::string& id, SigningSettings& settings,
                         const LoadOptions& options);
void check_revoked_ids(MapReader& root, const SigningSettings& settings);

/// Ids in file order. Fills tenants with plugins only; details, theme and wire form come later.
struct PluginsFile {
  std::vector<std::shared_ptr<Tenant>> tenants;
};
PluginsFile load_plugins(const YamlNode& root, ProblemSink& sink, const Settings& settings,
                         const std::shared_ptr<BundleFiles>& store, WallTime now);

/// The path below the plugins folder, or nothing when it is written in another way than a plain
/// path down from /app/plugins.
std::optional<std::string> relative_bundle_path(std::string_view file);

/// `signatures` of an entry of plugins.yaml: texts, or files below /app/plugins. What is absent is
/// looked for beside the bundle.
struct WrittenSignatures {
  std::optional<std::string> bundle;
  std::optional<std::string> manifest;
};
WrittenSignatures read_signatures(MapReader& entry);

/// Holds a plugin's signatures against its tenant's keys and sets its signature_status, where there
/// is something to check. `note` gets every problem, with a pointer below the entry.
using SignatureNote = std::function<void(Code, std::string_view pointer, std::string message)>;
void judge_signatures(Plugin& plugin, const WrittenSignatures& written,
                      const SigningSettings& settings, WallTime now, const SignatureNote& note);

std::map<std::string, Idp, std::less<>> load_idps(const YamlNode& root, ProblemSink& sink);
std::map<std::string, User, std::less<>> load_users(
    const YamlNode& root, ProblemSink& sink, const std::map<std::string, Idp, std::less<>>& idps,
    const TenantNames* tenants);

std::map<std::string, std::shared_ptr<const Fixture>, std::less<>> load_fixtures(
    const YamlNode& root, ProblemSink& sink);

struct RoutesFile {
  std::map<std::string, UpstreamTargetPtr, std::less<>> upstreams;
  std::vector<RouteRule> routes;
};
RoutesFile load_routes(
    const YamlNode& root, ProblemSink& sink,
    const std::map<std::string, std::shared_ptr<const Fixture>, std::less<>>* fixtures,
    const TenantNames* tenants, const std::filesystem::path& folder = {});

/// `forward_headers` of an upstream or a route: lower-case names, each of which may pass.
std::vector<std::string> read_forward_headers(MapReader& reader);
/// Without repeating one.
void add_forward_headers(std::vector<std::string>& to, const std::vector<std::string>& more);
/// `origins`, `server_name` and `ca_file` of an upstream; files are relative to `folder`.
void read_upstream_identity(MapReader& reader, UpstreamTarget& target,
                            const std::filesystem::path& folder);

PdpPolicy load_policy(const YamlNode& root, ProblemSink& sink, const TenantNames* tenants);

struct ThemesFile {
  Theme fallback;
  std::map<std::string, Theme> tenants;  ///< merged over the fallback
};
ThemesFile load_theme(const YamlNode& root, ProblemSink& sink, const TenantNames* tenants);
/// Without theme.yaml: no tokens.
Theme plain_theme();

/// The texts of `key` as normalised hosts; what is no host is an error. `limits`: absent means all,
/// and so an empty list is an error, and a host that plugins.yaml does not list; elsewhere such a
/// host is a warning, and is kept.
std::vector<std::string> read_tenants(MapReader& reader, std::string_view key,
                                      const TenantNames* tenants, bool limits);

/// "the tenant "x" is not in plugins.yaml", with the one that was probably meant.
std::string unknown_tenant(const std::string& id, const TenantNames& tenants);

/// The names of a map, for did_you_mean().
template <typename Map>
std::vector<std::string> names_in(const Map& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) names.push_back(entry.first);
  return names;
}

/// {per_second, burst}; what is left out is `fallback`'s.
Rate read_rate(const YamlNode& node, const std::string& pointer, ProblemSink& sink, Rate fallback);

/// A rule's `params`, with the shapes of a manifest.
std::vector<ParamSpec> read_params(MapReader& reader, std::string_view key);

}  // namespace portcullis::bff
