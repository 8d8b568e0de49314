#include <algorithm>

#include "adapters/yaml/load_parts.hpp"
#include "base/host_name.hpp"
#include "domain/manifests.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/nearest.hpp"
#include "portcullis/semver.hpp"

namespace portcullis::bff {
namespace {

/// A fixed prefix in YAML; --plugins decides what it refers to.
constexpr std::string_view kPluginsPrefix = "/app/plugins/";

/// Keys of an entry that belong to the server, not to the manifest.
const std::vector<std::string>& host_keys() {
  static const std::vector<std::string> kKeys = {"bundle", "enabled", "rate", "signatures"};
  return kKeys;
}
bool is_host_key(std::string_view key) {
  return std::find(host_keys().begin(), host_keys().end(), key) != host_keys().end();
}

/// Whether an unknown key is a misspelt server key. An unknown manifest key is a warning, as in any
/// manifest; a misspelt operator's key is an error.
bool is_misspelt_host_key(const Problem& problem) {
  return problem.code == Code::kManifestUnknownKey && problem.pointer.rfind('/') == 0 &&
         !nearest(std::string_view(problem.pointer).substr(1), host_keys()).empty();
}

YamlNode manifest_part(const YamlNode& entry) {
  YamlNode part;
  part.kind = YamlNode::Kind::kMap;
  part.line = entry.line;
  part.column = entry.column;
  for (std::size_t i = 0; i < entry.keys.size(); ++i) {
    if (is_host_key(entry.keys[i].text)) continue;
    part.keys.push_back(entry.keys[i]);
    part.items.push_back(entry.items[i]);
  }
  return part;
}

}  // namespace

std::optional<std::string> relative_bundle_path(std::string_view file) {
  if (file.substr(0, kPluginsPrefix.size()) == kPluginsPrefix) {
    file.remove_prefix(kPluginsPrefix.size());
  }
  if (file.empty() || file.size() > 1024 || file.find('\0') != file.npos) return std::nullopt;
  std::string_view rest = file;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return std::nullopt;
    if (slash == rest.npos) return std::string(file);
    rest.remove_prefix(slash + 1);
  }
}

namespace {

/// Templates that differ only in parameter names are the same route.
std::string without_names(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    out += path[i];
    if (path[i] != ':') continue;
    while (i + 1 < path.size() && path[i + 1] != '/') ++i;
  }
  return out;
}

class TenantLoader {
 public:
  TenantLoader(Tenant& tenant, ProblemSink& sink, const Settings& settings,
               const std::shared_ptr<BundleFiles>& store, const YamlNode& root, WallTime now)
      : tenant_(tenant), sink_(sink), settings_(settings), store_(store), root_(root), now_(now) {}

  void add(const YamlNode& entry, const std::string& pointer) {
    MapReader reader(entry, pointer, sink_);
    if (!entry.is_map()) {
      if (entry.is_null()) {
        sink_.error(Code::kConfigRequired, entry, pointer, "an entry is empty; remove its \"-\"");
      }
      return;
    }
    ManifestResult result = parse_manifest(yaml_to_json(manifest_part(entry)));
    for (const Problem& problem : result.problems) {
      if (is_misspelt_host_key(problem)) {
        const std::string key = problem.pointer.substr(1);
        sink_.add(Severity::kError, Code::kConfigUnknownKey,
                  locate(root_, pointer + problem.pointer, sink_.file()), pointer + problem.pointer,
                  "unknown key \"" + key + "\"" + did_you_mean(key, host_keys()));
        continue;
      }
      sink_.add(problem.severity, problem.code,
                locate(root_, pointer + problem.pointer, sink_.file()), pointer + problem.pointer,
                problem.message);
    }
    // Read even if the manifest is invalid, to report all problems of an entry at once.
    const bool enabled = reader.boolean("enabled").value_or(true);
    std::optional<Rate> rate;
    if (const YamlNode* node = reader.map("rate")) {
      rate = read_rate(*node, reader.pointer_of("rate"), sink_, settings_.rate);
    }
    std::string file;
    std::optional<Integrity> declared;
    read_bundle(reader, file, declared);
    const WrittenSignatures signatures = read_signatures(reader);
    if (!result.ok()) return;
    if (tenant_.plugins.contains(result.manifest->id)) {
      sink_.error(Code::kManifestDuplicatePlugin, entry, pointer,
                  "the tenant already has a plugin with the id \"" + result.manifest->id + "\"");
      return;
    }
    auto plugin = std::make_shared<Plugin>(Plugin{.manifest = *std::move(result.manifest),
                                                  .policy = *std::move(result.policy),
                                                  .enabled = enabled,
                                                  .rate = rate,
                                                  .where = sink_.location(entry),
                                                  .tenant = tenant_.id,
                                                  .bundle_file = std::move(file),
                                                  .declared = declared,
                                                  .promised = declared,
                                                  .bundle_url = {},
                                                  .manifest_json = {},
                                                  .bundles = store_,
                                                  .signature_status = nullptr});
    promise(*plugin, pointer);
    judge_signatures(*plugin, signatures, settings_.signing, now_,
                     [&](Code code, std::string_view below, std::string message) {
                       const std::string at = pointer + std::string(below);
                       sink_.add(Severity::kWarning, code, locate(root_, at, sink_.file()), at,
                                 std::move(message));
                     });
    if (enabled) claim_routes(*plugin, pointer);
    check_engine(*plugin, pointer);
    check_trust(*plugin, pointer);
    tenant_.order.push_back(plugin->id());
    tenant_.plugins.emplace(plugin->id(), std::move(plugin));
  }

 private:
  void read_bundle(MapReader& entry, std::string& file, std::optional<Integrity>& declared) {
    const YamlNode* node = entry.map("bundle");
    if (node == nullptr) {
      if (entry.is_wrong("bundle")) return;
      entry.error(Code::kConfigRequired, "bundle", "\"bundle\" with its \"file\" is required");
      return;
    }
    MapReader reader(*node, entry.pointer_of("bundle"), sink_);
    if (const std::string written = reader.required_text("file"); !written.empty()) {
      if (auto relative = relative_bundle_path(written)) {
        file = *std::move(relative);
      } else {
        reader.error(Code::kBundleOutsideRoot, "file",
                     "\"file\" must be a plain path below /app/plugins, such as "
                     "/app/plugins/hello/1.0.0/index.esm.js");
      }
    }
    if (const auto text = reader.text("integrity")) {
      Integrity parsed;
      if (const Code code = parse_integrity(*text, parsed); code != Code::kAllowed) {
        reader.error(
            code, "integrity",
            "\"integrity\" must be sha256: and 64 hexadecimal digits, or sha256- and base64");
      } else {
        declared = parsed;
      }
    }
    reader.finish();
  }

  /// Compares the declared hash with the bundle; see plugin.hpp. A missing or wrong file is not a
  /// configuration error: it may be added later, and is not served until then.
  void promise(Plugin& plugin, const std::string& pointer) {
    // Without a file there is an error already.
    const BundleResult found =
        plugin.bundle_file.empty() ? BundleResult{} : store_->load(plugin.bundle_file);
    if (found.ok() && !plugin.declared) plugin.promised = found.bundle->integrity();
    const bool mismatch =
        found.ok() && plugin.declared && *plugin.declared != found.bundle->integrity();
    if (plugin.enabled && !plugin.bundle_file.empty() && (!found.ok() || mismatch)) {
      const std::string where = pointer + (mismatch ? "/bundle/integrity" : "/bundle/file");
      sink_.add(
          Severity::kWarning, mismatch ? Code::kIntegrityMismatch : found.code,
          locate(root_, where, sink_.file()), where,
          mismatch
              ? "the file has the hash sha256:" + found.bundle->sha256_hex() +
                    ", not the declared one; it is not served"
              : "the file \"" + plugin.bundle_file + "\" of the plugins folder cannot be served (" +
                    std::string(portcullis::name(found.code)) + "); correct it, then refresh");
    }
    const Integrity* promised = plugin.promised ? &*plugin.promised : nullptr;
    if (promised != nullptr) plugin.promised_hex = promised->hex();
    plugin.bundle_url = bundle_url(plugin.id(), promised);
    plugin.manifest_json = wire_manifest(plugin.manifest, plugin.bundle_url, promised);
  }

  void claim_routes(const Plugin& plugin, const std::string& pointer) {
    for (std::size_t i = 0; i < plugin.manifest.routes.size(); ++i) {
      const std::string& path = plugin.manifest.routes[i].path;
      const auto [owner, fresh] = routes_.emplace(without_names(path), plugin.id());
      if (fresh || owner->second == plugin.id()) continue;  // its own: parse_manifest reports it
      const std::string where = pointer + "/contributions/routes/" + std::to_string(i) + "/path";
      sink_.add(Severity::kError, Code::kManifestDuplicateRoute, locate(root_, where, sink_.file()),
                where,
                "the route " + path + " is already contributed by \"" + owner->second + "\"");
    }
  }

  void check_engine(Plugin& plugin, const std::string& pointer) {
    const auto verdict =
        semver::check_engine(settings_.experience_version, plugin.manifest.engine_experience);
    plugin.compatible = verdict.compatible;
    if (!plugin.enabled || verdict.code != Code::kSdkIncompatible) return;
    const std::string where = pointer + "/engine/experience";
    sink_.add(Severity::kWarning, verdict.code, locate(root_, where, sink_.file()), where,
              "experience_version " + settings_.experience_version +
                  " is not in this range: the plugin is listed as incompatible, and its bundle and "
                  "its calls are refused");
  }

  void check_trust(const Plugin& plugin, const std::string& pointer) {
    if (!plugin.enabled || plugin.manifest.trust != portcullis::Trust::kSandboxed) return;
    const std::string where = pointer + "/trust";
    sink_.add(
        Severity::kWarning, Code::kPluginSandboxUnavailable, locate(root_, where, sink_.file()),
        where,
        "the plugin requires the sandbox tier, which this version does not support: it is listed "
        "as failed, and its bundle and its calls are refused");
  }

  Tenant& tenant_;
  ProblemSink& sink_;
  const Settings& settings_;
  const std::shared_ptr<BundleFiles>& store_;
  const YamlNode& root_;
  const WallTime now_;
  std::map<std::string, std::string> routes_;  ///< template without names -> plugin
};

}  // namespace

PluginsFile load_plugins(const YamlNode& root, ProblemSink& sink, const Settings& settings,
                         const std::shared_ptr<BundleFiles>& store, WallTime now) {
  PluginsFile file;
  MapReader reader(root, "", sink);
  const YamlNode* tenants = reader.map("tenants");
  if (tenants == nullptr && !reader.is_wrong("tenants")) {
    reader.error(Code::kConfigRequired, "tenants", "\"tenants\" is required");
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; tenants != nullptr && i < tenants->keys.size(); ++i) {
    const YamlNode& key = tenants->keys[i];
    const YamlNode& list = tenants->items[i];
    const std::string pointer = "/tenants" + pointer_segment(key.text);
    const std::optional<std::string> id = normalize_host_name(key.text);
    if (!id) {
      sink.error(Code::kConfigBadValue, key, pointer,
                 "the key of a tenant must be a host name without a port");
      continue;
    }
    if (!seen.insert(*id).second) {
      sink.error(Code::kConfigDuplicate, key, pointer, "the tenant is listed twice");
      continue;
    }
    if (!list.is_list() && !list.is_null()) {
      sink.error(Code::kConfigWrongType, list, pointer,
                 "a tenant must be a list of plugins, not " + shown(list) +
                     (list.is_map() ? "; start each entry with \"- \"" : ""));
      continue;
    }
    auto tenant = std::make_shared<Tenant>();
    tenant->id = *id;
    TenantLoader loader(*tenant, sink, settings, store, root, now);
    for (std::size_t entry = 0; entry < list.items.size(); ++entry) {
      loader.add(list.items[entry], pointer + '/' + std::to_string(entry));
    }
    std::size_t contributions = 0;
    for (const auto& [plugin_id, plugin] : tenant->plugins) {
      if (!plugin->enabled) continue;
      contributions += plugin->manifest.routes.size() + plugin->manifest.widgets.size();
    }
    if (contributions > limits::kMaxContributions) {
      sink.error(Code::kConfigTooLarge, key, pointer,
                 "the plugins of the tenant contribute " + std::to_string(contributions) +
                     " routes and widgets; the limit is " +
                     std::to_string(limits::kMaxContributions));
    }
    file.tenants.push_back(std::move(tenant));
  }
  reader.finish();
  return file;
}

}  // namespace portcullis::bff
