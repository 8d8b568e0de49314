// What a configuration serves: which plugins reach a page, and who can sign in to see them. A valid
// configuration that serves nobody is usually a mistake. Pure functions, except that they read the
// bundle files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/config.hpp"

namespace portcullis::bff {

/// Why a configured plugin reaches no page.
enum class NotServed : std::uint8_t {
  kDisabled,
  kIncompatible,       ///< engine.experience
  kUncontained,        ///< trust: sandboxed
  kUnsigned,           ///< its tenant requires signatures
  kBundleMissing,      ///< no servable file now, or none when the snapshot was made
  kIntegrityMismatch,  ///< the file's hash differs from the declared one
};
/// The label: "disabled", "incompatible", "uncontained", "unsigned", "bundle_missing",
/// "integrity_mismatch".
std::string_view name(NotServed reason) noexcept;

/// The reason, or nothing if the plugin is served. Reads its file.
std::optional<NotServed> why_not_served(const Plugin& plugin);

/// Number of plugins not served for one reason.
struct UnservedCount {
  std::string tenant;
  NotServed reason = NotServed::kDisabled;
  std::size_t plugins = 0;
};
/// Counts by tenant and reason. Quarantines are ignored.
std::vector<UnservedCount> unserved(const Snapshot& snapshot);

/// The location of a JSON pointer in a configuration file.
using Locate = std::function<Location(std::string_view file, std::string_view pointer)>;

/// Appends the warnings CONFIG_NOTHING_SERVED and CONFIG_NOBODY_SIGNS_IN.
void report_service(const Snapshot& snapshot, const Locate& locate,
                    std::vector<ConfigProblem>& problems);

/// Whether this problem means that the configuration serves nobody.
bool serves_nobody(const ConfigProblem& problem) noexcept;

/// Appends a CONFIG_UNUSED warning for everything that can never be used: rules of policy.yaml that
/// match no contribution or nobody, plugins for which no rule permits anything, routes that no
/// plugin may call, upstreams without a route, slots that look misspelt, and a missing policy.yaml.
void report_unused(const Snapshot& snapshot, bool has_policy_file, const Locate& locate,
                   std::vector<ConfigProblem>& problems);

}  // namespace portcullis::bff
