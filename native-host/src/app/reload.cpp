#include "app/reload.hpp"

#include <algorithm>
#include <set>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "domain/served.hpp"
#include "enforce/judgement.hpp"

namespace portcullis::bff {

namespace {

ConfigProblem site_problem(const std::filesystem::path& root, std::string message) {
  ConfigProblem problem;
  problem.severity = Severity::kWarning;
  problem.code = Code::kConfigFileMissing;
  problem.where.file = root.string();
  problem.message = std::move(message);
  return problem;
}

/// Loads the site of a snapshot; null if none is configured. If it cannot be read, the last good
/// one is kept.
std::shared_ptr<const StaticSite> load_site(App& app, const Snapshot& snapshot,
                                            std::vector<ConfigProblem>& problems) {
  std::filesystem::path root = app.spa_override;
  if (root.empty() && snapshot.settings.spa_root) root = *snapshot.settings.spa_root;
  // Marked before reading, so that a later change counts as another page.
  SiteWatch::Mark mark =
      SiteWatch::mark(snapshot.settings.spa_watch ? root : std::filesystem::path());
  app.site_watch.served(std::move(mark));
  if (root.empty()) return nullptr;
  StaticSite::Report report;
  auto site = std::make_shared<StaticSite>(StaticSite::load(root, report));
  for (std::string& warning : report.warnings) {
    problems.push_back(site_problem(root, std::move(warning)));
  }
  const ServingStatePtr current = app.serving_states.get();
  const std::shared_ptr<const StaticSite> before = current ? current->site : nullptr;
  if (!report.problem.empty()) {
    problems.push_back(site_problem(root, report.problem));
    return before ? before : site->size() > 0 ? site : nullptr;
  }
  if (before) site->keep_files_of(*before, app.state.clock.steady());
  return site;
}

std::vector<KnownTenant> known_of(const Snapshot& snapshot) {
  std::vector<KnownTenant> out;
  for (const auto& [id, tenant] : snapshot.tenants) {
    KnownTenant known{id, {}};
    for (const auto& [plugin_id, plugin] : tenant->plugins) {
      known.plugins.push_back({plugin_id, plugin->version()});
    }
    out.push_back(std::move(known));
  }
  return out;
}

void tell_hosts(App& app, const Snapshot* before, const Snapshot& now) {
  app.state.streams.publish("", "manifests",
                            "{\"generation\":" + std::to_string(now.generation) + "}");
  for (const auto& [id, tenant] : now.tenants) {
    const auto old = before->tenants.find(id);
    if (old != before->tenants.end() && old->second->theme.etag == tenant->theme.etag) continue;
    app.state.streams.publish(id, "theme", "{\"theme\":" + tenant->theme.json + "}");
  }
}

/// Compresses files in the background: large bundles take some hundred milliseconds, which no
/// request should wait for. A state replaced before its turn is released.
void compress_ahead(App& app, ServingStatePtr next) {
  if (app.to_compress->exchange(std::move(next))) return;  // a job is already queued
  app.state.blocking.post({BlockingWork::Lane::kSlow, {}, {}}, [waiting = app.to_compress] {
    const ServingStatePtr serving = waiting->exchange(nullptr);
    if (!serving) return;
    if (serving->site) serving->site->compress();
    for (const auto& [id, tenant] : serving->snapshot->tenants) {
      for (const auto& [plugin_id, plugin] : tenant->plugins) {
        if (!plugin->enabled) continue;
        const BundleResult loaded = plugin->load_bundle();
        if (!loaded.ok()) continue;
        (void)loaded.bundle->body(Encoding::kGzip);
        (void)loaded.bundle->body(Encoding::kBrotli);
      }
    }
  });
}

void count_unserved(App& app, const Snapshot& snapshot) {
  std::vector<Metrics::Unserved> counts;
  for (UnservedCount& count : unserved(snapshot)) {
    counts.push_back({std::move(count.tenant), name(count.reason), count.plugins});
  }
  app.state.metrics.plugins_not_served(counts);
}

void apply_settings(App& app, const Settings& settings) {
  const LimitSettings& limits = settings.limits;
  const auto size = [](int value) { return static_cast<std::size_t>(value); };
  app.state.sessions.set_limits({.idle = settings.session.idle,
                                 .max = settings.session.max,
                                 .per_account = size(limits.sessions_per_account),
                                 .per_address = size(limits.sessions_per_address),
                                 .per_tenant = size(limits.sessions_per_tenant)});
  app.state.streams_keep_sessions = settings.session.streams_keep;
  app.state.telemetry.set_limit(size(limits.telemetry_kib_per_minute) * 1024);
  app.load.max_connections = limits.connections;
  app.load.addresses.set(size(limits.connections_per_address), settings.trusted_proxies);
  app.state.bodies.set_limits({.total = limits.body_memory_kib * 1024,
                               .per_account = limits.body_memory_per_account_kib * 1024,
                               .per_address = limits.body_memory_per_address_kib * 1024});
  app.state.audit->set_limits(settings.audit.max_kib * 1024, settings.audit.keep,
                              {.per_second = settings.audit.per_second,
                               .per_address_per_second = settings.audit.per_address_per_second});
  app.operator_token.set_file(token_file(app, settings));
  if (app.settings_changed) app.settings_changed(settings);
}

}  // namespace

std::filesystem::path token_file(const App& app, const Settings& settings) {
  const std::filesystem::path& written = settings.operator_token_file;
  return written.empty() || written.is_absolute() ? written : app.state.folder / written;
}

void end_orphaned_sessions(App& app) {
  const ServingStatePtr serving = app.serving_states.get();
  const Snapshot& now = *serving->snapshot;
  app.state.sessions.destroy_if(
      [&](const Session& session) {
        if (now.tenants.find(session.tenant) == now.tenants.end()) return true;
        const auto user = now.users.find(session.user);
        return user == now.users.end() || !user->second.may_use(session.tenant) ||
               user->second.roles != session.roles ||
               user->second.subject_id != session.subject_id ||
               user->second.credential() != session.credential;
      },
      SessionEnd::kRevoked);
}

ReloadOutcome reload(App& app) {
  const std::lock_guard lock(app.reload_mutex);
  Catalogue::Reload loaded = app.catalogue.reload();
  ReloadOutcome outcome;
  outcome.problems = std::move(loaded.problems);
  if (!loaded.ok) {
    app.state.metrics.config_reload(false);
    outcome.serving = app.serving_states.get();
    return outcome;
  }
  const Snapshot& now = *loaded.after;
  auto serving = make_serving_state(loaded.after, load_site(app, now, outcome.problems));

  apply_settings(app, now.settings);
  app.state.config_loaded(known_of(now), now.generation);
  std::set<std::string, std::less<>> upstreams;
  for (const auto& [name, upstream] : now.upstreams) {
    app.state.metrics.upstream_known(name);
    upstreams.insert(upstream->pool_key);
  }
  app.state.breakers.keep_only(upstreams);
  app.state.metrics.config_reload(true);
  count_unserved(app, now);
  for (const ConfigProblem& remark : now.remarks) {
    log_event(LogLevel::kWarning, "config", to_string(remark));
  }
  app.serving_states.install(serving);
  outcome.ok = true;
  outcome.serving = serving;
  if (loaded.before) {
    end_orphaned_sessions(app);
    // After the swap: streams opened from now on are judged by the new snapshot anyway.
    app.state.streams.close_if([&](const StreamInfo& stream) {
      return judge_open_stream(stream, now, *app.state.quarantine);
    });
    tell_hosts(app, loaded.before.get(), now);
  }
  compress_ahead(app, std::move(serving));
  return outcome;
}

ReloadOutcome AppReloading::reload() { return bff::reload(app_); }

void AppReloading::end_orphaned_sessions() { bff::end_orphaned_sessions(app_); }

bool follow_site(App& app) {
  const std::lock_guard lock(app.reload_mutex);
  const ServingStatePtr current = app.serving_states.get();
  if (!current || app.site_watch.look() != SiteWatch::State::kRested) return false;
  std::vector<ConfigProblem> problems;
  auto site = load_site(app, *current->snapshot, problems);
  for (const ConfigProblem& problem : problems) {
    log_event(LogLevel::kWarning, "page", to_string(problem));
  }
  if (site == current->site) return false;
  auto serving = make_serving_state(current->snapshot, std::move(site));
  app.serving_states.install(serving);
  compress_ahead(app, std::move(serving));
  log_event(LogLevel::kInfo, "page_reloaded", app.site_watch.root().string());
  return true;
}

bool tell_time_to_keys(App& app) {
  const std::lock_guard lock(app.reload_mutex);
  const ServingStatePtr serving = app.serving_states.get();
  if (!serving) return false;
  const Snapshot& now = *serving->snapshot;
  const WallTime time = app.state.clock.wall();
  bool changed = false;
  for (const auto& [id, tenant] : now.tenants) {
    if (!tenant->signatures_required) continue;
    for (const auto& [plugin_id, plugin] : tenant->plugins) {
      if (!plugin->signature_status || !plugin->signature_status->update(time)) continue;
      changed = true;
      log_event(LogLevel::kWarning, "signing_key",
                plugin_id + " at " + id + ": " +
                    std::string(name(plugin->admission_facts().why_untrusted())));
    }
  }
  if (!changed) return false;
  count_unserved(app, now);
  app.state.streams.close_if([&](const StreamInfo& stream) {
    return judge_open_stream(stream, now, *app.state.quarantine);
  });
  app.state.streams.publish("", "manifests",
                            "{\"generation\":" + std::to_string(now.generation) + "}");
  return true;
}

}  // namespace portcullis::bff
