// Reload: reads the configuration and the single-page app again and, if all of it is good, swaps
// them in as one serving state, then lets what follows from it happen:
//   - sessions of tenants and accounts that are gone end;
//   - streams that the new configuration would not allow are closed;
//   - hosts are told (`manifests`; `theme` where a tenant's changed);
//   - metrics know the new plugins, limits are those of the new settings.
// What fails changes nothing. Used at the start, by POST /api/plugins/refresh and by SIGHUP.
#pragma once

#include <filesystem>
#include <vector>

#include "app/app.hpp"
#include "domain/config_problem.hpp"

namespace portcullis::bff {

/// Blocks (reads files): call it on the pool for blocking work. One at a time.
ReloadOutcome reload(App& app);

/// Reads the built page again when it was built anew and has come to rest: the page alone, under
/// the configuration that is served (spa.watch). True when another one is served. One that cannot
/// be read changes nothing and is logged. Blocks; once a second.
bool follow_site(App& app);

/// Holds the dates of signing keys against the clock: what is refused from now on, or no longer,
/// has its streams judged again, and hosts are told. True when something changed. Blocks; once a
/// second.
bool tell_time_to_keys(App& app);

/// Where the operators' bearer token is; empty: nowhere.
[[nodiscard]] std::filesystem::path token_file(const App& app, const Settings& settings);

/// Ends the sessions whose account is gone or is another one in what is served now: tenant, roles,
/// subject and password all count.
void end_orphaned_sessions(App& app);

}  // namespace portcullis::bff
