#include "adapters/yaml/loader.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "adapters/yaml/config_files.hpp"
#include "adapters/yaml/load_parts.hpp"
#include "base/host_name.hpp"
#include "domain/manifests.hpp"
#include "domain/served.hpp"
#include "lab/fixture.hpp"
#include "lab/policy.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

class FolderLoader {
 public:
  FolderLoader(const LoadOptions& options, ConfigTexts texts, std::shared_ptr<BundleFiles> store,
               std::vector<ConfigProblem>& problems)
      : options_(options),
        texts_(std::move(texts)),
        store_(std::move(store)),
        problems_(problems) {}

  Snapshot load() {
    parse_all();
    // Read settings and plugins even if the other is broken, to report all problems at once.
    if (const YamlNode* root = file("settings.yaml")) {
      ProblemSink out = sink("settings.yaml");
      settings_ = load_settings(*root, out, options_);
    }
    if (const YamlNode* root = file("plugins.yaml")) {
      ProblemSink out = sink("plugins.yaml");
      const WallTime now = (options_.clock ? *options_.clock : Clock::real()).wall();
      plugins_ = load_plugins(*root, out, settings_.settings, store_, now);
      for (const auto& tenant : plugins_.tenants) names_.insert(tenant->id);
      tenants_known_ = true;
    }
    snapshot_.settings = settings_.settings;
    load_people();
    load_traffic();
    load_rules();
    assemble_tenants();
    // Only a valid configuration is checked for unused parts.
    if (!has_errors(problems_)) say_what_it_comes_to();
    return std::move(snapshot_);
  }

 private:
  ProblemSink sink(const char* name) { return {name, problems_}; }
  const TenantNames* names() const { return tenants_known_ ? &names_ : nullptr; }

  void parse_all() {
    for (const auto& [name, text] : texts_) {
      if (auto root = parse_yaml(text, name, problems_)) roots_.emplace(name, *std::move(root));
    }
  }

  /// The parsed file; null if missing or broken.
  const YamlNode* file(std::string_view name) const {
    const auto found = roots_.find(name);
    return found == roots_.end() ? nullptr : &found->second;
  }
  /// Present, but not YAML: references to it cannot be checked.
  bool broken(std::string_view name) const {
    return texts_.contains(name) && !roots_.contains(name);
  }

  void load_people() {
    if (const YamlNode* root = file("idps.yaml")) {
      ProblemSink out = sink("idps.yaml");
      snapshot_.idps = load_idps(*root, out);
    }
    // Unusable passwords are not read at all.
    const YamlNode* root = file("users.yaml");
    if (root == nullptr || !snapshot_.settings.lab_login || broken("idps.yaml")) return;
    ProblemSink out = sink("users.yaml");
    snapshot_.users = load_users(*root, out, snapshot_.idps, names());
  }

  void load_traffic() {
    if (const YamlNode* root = file("fixtures.yaml")) {
      ProblemSink out = sink("fixtures.yaml");
      snapshot_.fixtures = load_fixtures(*root, out);
    }
    const YamlNode* root = file("routes.yaml");
    if (root == nullptr) return;
    ProblemSink out = sink("routes.yaml");
    RoutesFile routes =
        load_routes(*root, out, broken("fixtures.yaml") ? nullptr : &snapshot_.fixtures, names(),
                    options_.config_dir);
    snapshot_.upstreams = std::move(routes.upstreams);
    const std::vector<std::string> tenants(names_.begin(), names_.end());
    std::vector<ConfigProblem> found;
    snapshot_.routes = RouteTable::build(std::move(routes.routes), tenants, found);
    for (ConfigProblem& problem : found) {
      out.add(problem.severity, problem.code, std::move(problem.where), std::move(problem.pointer),
              std::move(problem.message));
    }
  }

  void load_rules() {
    PdpPolicy policy;
    if (const YamlNode* root = file("policy.yaml")) {
      ProblemSink out = sink("policy.yaml");
      policy = load_policy(*root, out, names());
    }
    for (const auto& [name, user] : snapshot_.users) {
      policy.subjects.emplace(std::pair("account", user.subject_id),
                              SubjectFacts{user.roles, nullptr});
    }
    snapshot_.policy = std::make_shared<const PdpPolicy>(std::move(policy));
    themes_.fallback = plain_theme();
    if (const YamlNode* root = file("theme.yaml")) {
      ProblemSink out = sink("theme.yaml");
      themes_ = load_theme(*root, out, names());
    }
  }

  void assemble_tenants() {
    ProblemSink out = sink("settings.yaml");
    for (const auto& tenant : plugins_.tenants) {
      tenant->display_name = tenant->id;
      const auto details = settings_.tenants.find(tenant->id);
      tenant->stamps = snapshot_.settings.stamps;
      if (details != settings_.tenants.end()) {
        tenant->stamps = details->second.stamps.value_or(tenant->stamps);
        if (!details->second.name.empty()) tenant->display_name = details->second.name;
        tenant->aliases = details->second.aliases;
      }
      const SigningSettings& signing = snapshot_.settings.signing;
      tenant->signatures_required = !signing.dev_unsigned && signing.of(tenant->id).required;
      const auto theme = themes_.tenants.find(tenant->id);
      tenant->theme = theme == themes_.tenants.end() ? themes_.fallback : theme->second;
      ManifestsDocument all = compose_manifests(*tenant, [](const Plugin& plugin) {
        // Conditions that change with the clock or by an operator are not considered.
        const auto facts = AdmissionFacts().set(AdmissionCondition::kDisabled, !plugin.enabled);
        return admit(facts, Purpose::kList) != Code::kAllowed;
      });
      tenant->manifests_json = std::move(all.json);
      tenant->manifests_etag = std::move(all.etag);
      snapshot_.tenants.emplace(tenant->id, tenant);
      snapshot_.hosts.emplace(tenant->id, tenant);
    }
    for (const auto& tenant : plugins_.tenants) {
      for (const std::string& alias : tenant->aliases) {
        if (snapshot_.hosts.emplace(alias, tenant).second) continue;
        tenant_problem(out, tenant->id, "/aliases", Code::kConfigDuplicate,
                       "the host \"" + alias + "\" is listed for two tenants, or twice");
      }
    }
    if (!tenants_known_) return;
    refuse_dev_mode_elsewhere(out);
    for (const auto& [id, details] : settings_.tenants) {
      if (names_.contains(id)) continue;
      tenant_problem(out, id, "", Code::kConfigDangling,
                     unknown_tenant(id, names_) + "; list it there, with [] when it has no plugin");
    }
  }

  /// In dev mode, every host name of the server must be local.
  void refuse_dev_mode_elsewhere(ProblemSink& out) {
    if (!snapshot_.settings.signing.dev_unsigned) return;
    for (const auto& [host, tenant] : snapshot_.hosts) {
      if (is_local_name(host)) continue;
      const std::string pointer = "/dev/unsigned";
      out.add(Severity::kError, Code::kDevModeNotLocal,
              locate(*file("settings.yaml"), pointer, "settings.yaml"), pointer,
              "the host \"" + host + "\" is not local; unsigned plugins must not be served there");
    }
  }

  void say_what_it_comes_to() {
    const Locate where = [this](std::string_view name, std::string_view pointer) {
      const YamlNode* root = file(name);
      return root == nullptr ? Location{std::string(name)}
                             : locate(*root, pointer, std::string(name));
    };
    report_service(snapshot_, where, snapshot_.remarks);
    report_unused(snapshot_, texts_.contains("policy.yaml"), where, snapshot_.remarks);
    if (snapshot_.remarks.size() > limits::kMaxConfigProblems) {
      snapshot_.remarks.resize(limits::kMaxConfigProblems);
    }
  }

  void tenant_problem(ProblemSink& out, const std::string& id, const std::string& below, Code code,
                      std::string message) {
    const std::string pointer = "/tenants" + pointer_segment(id) + below;
    const YamlNode* root = file("settings.yaml");
    const Location where =
        root == nullptr ? Location{"settings.yaml"} : locate(*root, pointer, "settings.yaml");
    out.add(Severity::kError, code, where, pointer, std::move(message));
  }

  const LoadOptions& options_;
  ConfigTexts texts_;
  std::shared_ptr<BundleFiles> store_;
  std::vector<ConfigProblem>& problems_;
  std::map<std::string, YamlNode, std::less<>> roots_;
  SettingsFile settings_;
  PluginsFile plugins_;
  ThemesFile themes_;
  TenantNames names_;
  bool tenants_known_ = false;
  Snapshot snapshot_;
};

/// Sorts by file, in the order of the documentation, then by line.
void sort_problems(std::vector<ConfigProblem>& problems) {
  const auto rank = [](const ConfigProblem& problem) {
    std::size_t file = 0;
    while (file < kConfigFiles.size() && kConfigFiles[file].name != problem.where.file) ++file;
    return std::tuple(file, problem.where.line, problem.where.column);
  };
  std::stable_sort(
      problems.begin(), problems.end(),
      [&](const ConfigProblem& a, const ConfigProblem& b) { return rank(a) < rank(b); });
}

std::set<std::string> bundle_files(const Snapshot& snapshot) {
  std::set<std::string> files;
  for (const auto& [id, tenant] : snapshot.tenants) {
    for (const auto& [name, plugin] : tenant->plugins) files.insert(plugin->bundle_file);
  }
  return files;
}

LoadResult load(const LoadOptions& options) {
  LoadResult result;
  std::optional<ConfigTexts> texts = read_config_files(options.config_dir, result.problems);
  if (!texts) return result;
  std::shared_ptr<BundleFiles> store = options.bundles;
  if (!store) {
    const std::filesystem::path root =
        options.plugins_dir.empty() ? options.config_dir / ".." / "plugins" : options.plugins_dir;
    store = std::make_shared<BundleFiles>(root);
  }
  BundleFiles::RootHandle root_before = store->reopen_root();
  FolderLoader loader(options, *std::move(texts), store, result.problems);
  Snapshot snapshot = loader.load();
  sort_problems(result.problems);
  if (has_errors(result.problems)) {
    store->restore_root(std::move(root_before));
    return result;
  }
  store->keep_only(bundle_files(snapshot));
  snapshot.generation = options.generation;
  snapshot.warnings = result.problems;
  result.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  return result;
}

}  // namespace

LoadResult load_config(const LoadOptions& options) {
  try {
    return load(options);
  } catch (const std::exception& error) {  // out of memory, or a file system error
    LoadResult result;
    result.problems.push_back({Severity::kError,
                               Code::kInternal,
                               {"."},
                               "",
                               std::string("cannot load: ") + error.what()});
    return result;
  }
}

}  // namespace portcullis::bff
