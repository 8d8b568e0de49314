#include "domain/served.hpp"

#include <algorithm>
#include <map>

#include "portcullis/admission.hpp"

namespace portcullis::bff {
namespace {

std::string in_words(NotServed reason, std::size_t plugins) {
  const bool one = plugins == 1;
  const std::string count = std::to_string(plugins) + ' ';
  switch (reason) {
    case NotServed::kDisabled:
      return count + (one ? "is" : "are") + " disabled";
    case NotServed::kIncompatible:
      return count + (one ? "does" : "do") + " not take this experience_version";
    case NotServed::kUncontained:
      return count + (one ? "asks" : "ask") + " for the sandbox tier, which there is not";
    case NotServed::kUnsigned:
      return count + (one ? "has" : "have") + " no signature that is trusted";
    case NotServed::kBundleMissing:
      return count + (one ? "has" : "have") + " no bundle file";
    case NotServed::kIntegrityMismatch:
      return count + (one ? "has" : "have") + " another hash than declared";
  }
  return count;
}

std::string why_nothing(const Snapshot& snapshot) {
  if (snapshot.tenants.empty()) return "plugins.yaml lists no tenant";
  if (snapshot.plugin_count() == 0) return "no tenant lists a plugin";
  std::map<NotServed, std::size_t> counts;
  for (const UnservedCount& count : unserved(snapshot)) counts[count.reason] += count.plugins;
  std::string out;
  for (const auto& [reason, plugins] : counts) {
    out += (out.empty() ? "" : ", ") + in_words(reason, plugins);
  }
  return "of its " + std::to_string(snapshot.plugin_count()) + " plugins " + out;
}

/// Why nobody can sign in; empty if somebody can.
std::string why_nobody(const Snapshot& snapshot) {
  if (!snapshot.settings.lab_login) {
    return "lab_login is off, and there is no other way to sign in; write lab_login: { enabled: "
           "true } and list accounts in users.yaml";
  }
  if (snapshot.users.empty()) return "users.yaml lists no account";
  const bool any = std::any_of(snapshot.users.begin(), snapshot.users.end(), [&](const auto& user) {
    return std::any_of(snapshot.tenants.begin(), snapshot.tenants.end(),
                       [&](const auto& tenant) { return user.second.may_use(tenant.first); });
  });
  return any ? std::string() : "no account of users.yaml has a tenant; write tenants: [HOST]";
}

}  // namespace

std::string_view name(NotServed reason) noexcept {
  switch (reason) {
    case NotServed::kDisabled:
      return "disabled";
    case NotServed::kIncompatible:
      return "incompatible";
    case NotServed::kUncontained:
      return "uncontained";
    case NotServed::kUnsigned:
      return "unsigned";
    case NotServed::kBundleMissing:
      return "bundle_missing";
    case NotServed::kIntegrityMismatch:
      return "integrity_mismatch";
  }
  return "";
}

std::optional<NotServed> why_not_served(const Plugin& plugin) {
  switch (admit(plugin.admission_facts(), Purpose::kBundle)) {
    case Code::kAllowed:
      break;
    case Code::kPluginDisabled:
      return NotServed::kDisabled;
    case Code::kPluginIncompatible:
      return NotServed::kIncompatible;
    case Code::kPluginSandboxUnavailable:
      return NotServed::kUncontained;
    default:
      return NotServed::kUnsigned;
  }
  const BundleResult bundle = plugin.load_bundle();
  if (bundle.ok()) return std::nullopt;
  return bundle.code == Code::kIntegrityMismatch ? NotServed::kIntegrityMismatch
                                                 : NotServed::kBundleMissing;
}

std::vector<UnservedCount> unserved(const Snapshot& snapshot) {
  std::vector<UnservedCount> counts;
  for (const auto& [id, tenant] : snapshot.tenants) {
    std::map<NotServed, std::size_t> here;
    for (const auto& [plugin_id, plugin] : tenant->plugins) {
      if (const auto reason = why_not_served(*plugin)) ++here[*reason];
    }
    for (const auto& [reason, plugins] : here) counts.push_back({id, reason, plugins});
  }
  return counts;
}

void report_service(const Snapshot& snapshot, const Locate& locate,
                    std::vector<ConfigProblem>& problems) {
  std::size_t missing = 0;
  for (const UnservedCount& count : unserved(snapshot)) missing += count.plugins;
  if (missing == snapshot.plugin_count()) {
    problems.push_back({Severity::kWarning, Code::kConfigNothingServed,
                        locate("plugins.yaml", "/tenants"), "/tenants",
                        "no page gets any plugin: " + why_nothing(snapshot)});
  }
  if (std::string why = why_nobody(snapshot); !why.empty()) {
    const bool off = !snapshot.settings.lab_login;
    problems.push_back(
        {Severity::kWarning, Code::kConfigNobodySignsIn,
         off ? locate("settings.yaml", "/lab_login") : locate("users.yaml", "/users"),
         off ? "/lab_login" : "/users", "nobody can sign in: " + why});
  }
}

bool serves_nobody(const ConfigProblem& problem) noexcept {
  return problem.code == Code::kConfigNothingServed || problem.code == Code::kConfigNobodySignsIn;
}

}  // namespace portcullis::bff
