// Finds parts of a valid configuration that can never take effect: see served.hpp.

#include <algorithm>
#include <map>
#include <set>

#include "adapters/yaml/yaml_reader.hpp"
#include "domain/served.hpp"
#include "lab/policy.hpp"
#include "portcullis/path_template.hpp"
#include "portcullis/topics.hpp"

namespace portcullis::bff {
namespace {

/// What a page asks the policy about.
struct Contribution {
  std::string_view tenant;
  std::string_view plugin;
  std::string type;
  std::string id;
  std::string action;
};

using Words = std::vector<std::string>;

Words sorted(const std::set<std::string>& words) { return {words.begin(), words.end()}; }

class UnusedFinder {
 public:
  UnusedFinder(const Snapshot& snapshot, const Locate& locate, std::vector<ConfigProblem>& problems)
      : snapshot_(snapshot), locate_(locate), problems_(problems) {
    for (const auto& [id, tenant] : snapshot.tenants) {
      for (const auto& [plugin_id, plugin] : tenant->plugins) {
        if (plugin->enabled) add(id, plugin->manifest);
      }
    }
  }

  void policy(bool has_file) {
    if (!snapshot_.settings.authzen.embedded() || asked_.empty()) return;
    if (!has_file) {
      problems_.push_back({Severity::kWarning,
                           Code::kConfigFileMissing,
                           {"policy.yaml"},
                           "",
                           "is missing, so the embedded PDP denies everything and no page shows a "
                           "plugin; write a rule that permits the action view"});
      return;
    }
    const std::vector<PolicyRule>& rules = snapshot_.policy->rules;
    for (std::size_t i = 0; i < rules.size(); ++i) rule(rules[i], "/rules/" + std::to_string(i));
    permitted();
  }

  void routes() {
    std::set<std::string> upstreams;
    for (const RouteRule& rule : snapshot_.routes.rules()) {
      upstreams.insert(rule.upstream);
      if (rule.plugin_required && !is_called(rule)) {
        warn("routes.yaml", rule.pointer,
             "no plugin's manifest allows a call to this route" +
                 std::string(rule.kind == RouteRule::Kind::kSse ? " (permissions.sse)"
                                                                : " (permissions.api)"));
      }
    }
    for (const auto& [name, upstream] : snapshot_.upstreams) {
      if (upstreams.contains(name)) continue;
      warn("routes.yaml", "/upstreams" + pointer_segment(name),
           "no route names the upstream \"" + name + '"');
    }
  }

  /// Only the page knows its slots; what can be detected here is a name similar to another
  /// plugin's.
  void slots() {
    for (const auto& [id, tenant] : snapshot_.tenants) {
      std::map<std::string, std::set<std::string>> users;  // slot -> plugins
      for (const auto& [plugin_id, plugin] : tenant->plugins) {
        for (const Widget& widget : plugin->manifest.widgets) {
          if (plugin->enabled) users[widget.slot].insert(plugin_id);
        }
      }
      for (std::size_t i = 0; i < tenant->order.size(); ++i) {
        slots_of(*tenant->find(tenant->order[i]), users,
                 "/tenants" + pointer_segment(id) + '/' + std::to_string(i));
      }
    }
  }

 private:
  void warn(std::string_view file, const std::string& pointer, std::string message) {
    problems_.push_back({Severity::kWarning, Code::kConfigUnused, locate_(file, pointer), pointer,
                         std::move(message)});
  }

  void add(std::string_view tenant, const Manifest& manifest) {
    for (const Route& route : manifest.routes) {
      asked_.push_back({tenant, manifest.id, route.resource, route.path, route.action});
    }
    for (const Widget& widget : manifest.widgets) {
      asked_.push_back({tenant, manifest.id, widget.resource, manifest.id + ':' + widget.component,
                        widget.action});
    }
  }

  static bool any_matches(const std::string& pattern, const std::set<std::string>& known) {
    return std::any_of(known.begin(), known.end(),
                       [&](const std::string& value) { return value_matches(pattern, value); });
  }

  /// Reports the patterns of one key of a rule that match none of `known`.
  void unmatched(const Words& patterns, const std::set<std::string>& known,
                 const std::string& pointer, std::string_view what, std::string_view where) {
    for (const std::string& pattern : patterns) {
      if (any_matches(pattern, known)) continue;
      warn("policy.yaml", pointer,
           std::string(where) + " has the " + std::string(what) + " \"" + pattern + '"' +
               did_you_mean(pattern, sorted(known)));
    }
  }

  /// A type without contributions may be a plugin's own, for sdk.authz.evaluate. A page type, or
  /// one similar to a contribution's, is a mistake.
  void types_of(const PolicyRule& rule, const std::set<std::string>& types,
                const std::string& pointer) {
    for (const std::string& pattern : rule.resource_types) {
      if (any_matches(pattern, types)) continue;
      std::string hint = did_you_mean(pattern, sorted(types));
      for (const std::string& type : types) {  // suggests "plugin.widget" for "widget"
        if (hint.empty() && type.ends_with('.' + pattern)) hint = "; did you mean `" + type + "`?";
      }
      if (hint.empty() && !pattern.starts_with("plugin.")) continue;
      warn("policy.yaml", pointer,
           "no contribution has the resource type \"" + pattern + '"' + hint);
    }
  }

  void rule(const PolicyRule& rule, const std::string& pointer) {
    const std::set<std::string> types = values(rule, &Contribution::type);
    types_of(rule, types, pointer + "/resource/type");
    const bool about_contributions =
        rule.resource_types.empty() ||
        std::all_of(rule.resource_types.begin(), rule.resource_types.end(),
                    [&](const std::string& type) { return any_matches(type, types); });
    if (about_contributions) {
      unmatched(rule.actions, values(rule, &Contribution::action), pointer + "/action", "action",
                "no contribution");
    }
    if (about_contributions && !rule.resource_types.empty()) {
      unmatched(rule.resource_ids, values(rule, &Contribution::id), pointer + "/resource/id", "id",
                "no contribution");
    }
    if (snapshot_.policy->subjects.empty()) return;
    std::set<std::string> roles;
    std::set<std::string> ids;
    for (const auto& [key, facts] : snapshot_.policy->subjects) {
      roles.insert(facts.roles.begin(), facts.roles.end());
      ids.insert(key.second);
    }
    unmatched(rule.subject_roles, roles, pointer + "/subject/roles", "role", "nobody");
    unmatched(rule.subject_ids, ids, pointer + "/subject/ids", "id", "nobody");
  }

  /// Reports plugins of which no rule permits anything to anyone: their users see nothing.
  void permitted() {
    for (const auto& [id, tenant] : snapshot_.tenants) {
      for (std::size_t i = 0; i < tenant->order.size(); ++i) {
        const Plugin& plugin = *tenant->find(tenant->order[i]);
        const auto of_plugin = [&](const Contribution& one) {
          return one.tenant == id && one.plugin == plugin.id();
        };
        if (std::none_of(asked_.begin(), asked_.end(), of_plugin)) continue;
        const bool any = std::any_of(asked_.begin(), asked_.end(), [&](const Contribution& one) {
          return of_plugin(one) && may_be_permitted(one);
        });
        if (any) continue;
        warn("plugins.yaml", "/tenants" + pointer_segment(id) + '/' + std::to_string(i),
             "no rule of policy.yaml permits a route or widget of \"" + plugin.id() +
                 "\" to anybody");
      }
    }
  }

  bool may_be_permitted(const Contribution& one) const {
    const auto named = [](const Words& patterns, std::string_view value) {
      return patterns.empty() ||
             std::any_of(patterns.begin(), patterns.end(),
                         [&](const std::string& pattern) { return value_matches(pattern, value); });
    };
    const std::vector<PolicyRule>& rules = snapshot_.policy->rules;
    return std::any_of(rules.begin(), rules.end(), [&](const PolicyRule& rule) {
      return rule.effect == PolicyRule::Effect::kPermit && applies(rule, one.tenant) &&
             named(rule.resource_types, one.type) && named(rule.resource_ids, one.id) &&
             named(rule.actions, one.action);
    });
  }

  static bool applies(const PolicyRule& rule, std::string_view tenant) {
    return rule.tenants.empty() ||
           std::find(rule.tenants.begin(), rule.tenants.end(), tenant) != rule.tenants.end();
  }

  using Member = decltype(&Contribution::id);

  std::set<std::string> values(const PolicyRule& rule, Member member) const {
    std::set<std::string> out;
    for (const Contribution& one : asked_) {
      if (applies(rule, one.tenant)) out.insert(one.*member);
    }
    return out;
  }

  bool is_called(const RouteRule& route) const {
    TemplateProblem ignored;
    const auto path = PathTemplate::compile(route.path, route.params, ignored);
    if (!path) return true;
    for (const auto& [id, tenant] : snapshot_.tenants) {
      const bool applies =
          route.tenants.empty() ||
          std::find(route.tenants.begin(), route.tenants.end(), id) != route.tenants.end();
      if (!applies) continue;
      for (const auto& [plugin_id, plugin] : tenant->plugins) {
        if (plugin->enabled && is_called_by(plugin->manifest, route, *path)) return true;
      }
    }
    return false;
  }

  static bool is_called_by(const Manifest& manifest, const RouteRule& route,
                           const PathTemplate& path) {
    if (route.kind == RouteRule::Kind::kSse) {
      return std::any_of(manifest.sse.begin(), manifest.sse.end(),
                         [&](const std::string& prefix) { return path.reaches(prefix); });
    }
    return std::any_of(manifest.api.begin(), manifest.api.end(), [&](const ApiRule& rule) {
      const auto has = [&](Method method) {
        return std::find(route.methods.begin(), route.methods.end(), method) != route.methods.end();
      };
      // GET covers HEAD, on both sides.
      const bool reads = rule.method == Method::kGet || rule.method == Method::kHead;
      if (!has(rule.method) && !(reads && (has(Method::kGet) || has(Method::kHead)))) return false;
      TemplateProblem ignored;
      const auto allowed = PathTemplate::compile(rule.path, rule.params, ignored);
      return !allowed || path.may_meet(*allowed);
    });
  }

  void slots_of(const Plugin& plugin, const std::map<std::string, std::set<std::string>>& users,
                const std::string& pointer) {
    if (!plugin.enabled) return;
    for (std::size_t i = 0; i < plugin.manifest.widgets.size(); ++i) {
      const std::string& slot = plugin.manifest.widgets[i].slot;
      if (users.at(slot).size() != 1) continue;
      Words others;
      for (const auto& [other, plugins] : users) {
        const bool numbered = without_digits(other) == without_digits(slot);
        if (!numbered && !plugins.contains(plugin.id())) others.push_back(other);
      }
      const std::string hint = did_you_mean(slot, others);
      if (hint.empty()) continue;
      warn("plugins.yaml", pointer + "/contributions/widgets/" + std::to_string(i) + "/slot",
           "no other plugin uses the slot \"" + slot + '"' + hint);
    }
  }

  static std::string without_digits(std::string text) {
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
  }

  const Snapshot& snapshot_;
  const Locate& locate_;
  std::vector<ConfigProblem>& problems_;
  std::vector<Contribution> asked_;
};

}  // namespace

void report_unused(const Snapshot& snapshot, bool has_policy_file, const Locate& locate,
                   std::vector<ConfigProblem>& problems) {
  UnusedFinder finder(snapshot, locate, problems);
  finder.policy(has_policy_file);
  finder.routes();
  finder.slots();
}

}  // namespace portcullis::bff
