// Reload: rereads the configuration and the single-page app and, if all of it is valid, replaces
// them as one serving state. Then:
//   - sessions of removed tenants and accounts end;
//   - streams the new configuration does not allow are closed;
//   - hosts are notified (`manifests`; `theme` where a tenant's theme changed);
//   - metrics know the new plugins, and the new limits apply.
// A failed reload changes nothing. Used at start-up, by POST /api/plugins/refresh and by SIGHUP.
#pragma once

#include <filesystem>
#include <vector>

#include "app/app.hpp"
#include "domain/config_problem.hpp"

namespace portcullis::bff {

/// Reloads. Blocks on files: run it on the pool for blocking work. Reloads are serialised.
ReloadOutcome reload(App& app);

/// Rereads the built page after a completed build, under the current configuration (spa.watch).
/// Returns true if another page is served. An unreadable page is logged and changes nothing.
/// Blocks; called once a second.
bool follow_site(App& app);

/// Compares the validity dates of signing keys with the clock: if a plugin's admission changes, its
/// streams are judged again and hosts are notified. Returns true if anything changed. Blocks;
/// called once a second.
bool tell_time_to_keys(App& app);

/// The path of the operators' bearer token; empty if there is none.
[[nodiscard]] std::filesystem::path token_file(const App& app, const Settings& settings);

/// Ends sessions whose account no longer exists or has changed (tenant, roles, subject or password)
/// in the current state.
void end_orphaned_sessions(App& app);

}  // namespace portcullis::bff
