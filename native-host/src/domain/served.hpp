// What a configuration comes to: which of its plugins reach a page, and who could sign in to see
// them. A configuration that is valid and serves nobody is mostly a slip.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/config.hpp"

namespace portcullis::bff {

/// Why a plugin that is configured reaches no page.
enum class NotServed : std::uint8_t {
  kDisabled,
  kIncompatible,       ///< engine.experience
  kUncontained,        ///< trust: sandboxed
  kUnsigned,           ///< its tenant requires signatures
  kBundleMissing,      ///< no file that could be served, or none when the snapshot was made
  kIntegrityMismatch,  ///< the file has another hash than was declared
};
/// "disabled", "incompatible", "uncontained", "unsigned", "bundle_missing", "integrity_mismatch".
std::string_view name(NotServed reason) noexcept;

/// Nothing when it is served. Looks at its file.
std::optional<NotServed> why_not_served(const Plugin& plugin);

struct UnservedCount {
  std::string tenant;
  NotServed reason = NotServed::kDisabled;
  std::size_t plugins = 0;
};
/// By tenant and reason; quarantines are not looked at.
std::vector<UnservedCount> unserved(const Snapshot& snapshot);

/// Where a pointer of a file of the configuration stands.
using Locate = std::function<Location(std::string_view file, std::string_view pointer)>;

/// Warnings: CONFIG_NOTHING_SERVED, CONFIG_NOBODY_SIGNS_IN.
void report_service(const Snapshot& snapshot, const Locate& locate,
                    std::vector<ConfigProblem>& problems);

/// Whether a configuration with this problem serves nobody.
bool serves_nobody(const ConfigProblem& problem) noexcept;

/// Warnings of what can never come into use (CONFIG_UNUSED): rules of policy.yaml that match no
/// contribution or nobody, plugins of which no rule permits anything, routes that no plugin may
/// call, upstreams that no route names, slots that look misspelt; and a policy.yaml that is not
/// there.
void report_unused(const Snapshot& snapshot, bool has_policy_file, const Locate& locate,
                   std::vector<ConfigProblem>& problems);

}  // namespace portcullis::bff
