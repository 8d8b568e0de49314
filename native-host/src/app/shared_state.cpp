#include "app/shared_state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "adapters/files/audit_file.hpp"
#include "adapters/files/quarantine_journal_file.hpp"

namespace portcullis::bff {
namespace {

std::uint64_t first_event_id(const Clock& clock) {
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.wall().time_since_epoch());
  return static_cast<std::uint64_t>(millis.count()) * 1000;
}

}  // namespace

SharedState::SharedState(const StateOptions& options, const Clock& with)
    : clock(with),
      folder(options.folder),
      metrics(options.version),
      streams(options.streams, first_event_id(with)),
      sessions(with, options.sessions),
      rates(with),
      breakers(with),
      health(with),
      telemetry(metrics, {}, 8192, with),
      boot_tokens(with),
      page_keys(with) {}

SharedState::~SharedState() {
  blocking.join();
  if (folder_lock_ >= 0) ::close(folder_lock_);
}

std::variant<std::unique_ptr<SharedState>, std::string> SharedState::open(
    const StateOptions& options, const Clock& clock) {
  std::error_code error;
  if (std::filesystem::create_directories(options.folder, error)) {
    std::filesystem::permissions(options.folder, std::filesystem::perms::owner_all, error);
  }
  if (error) {
    return "cannot use the state folder " + options.folder.string() + ": " + error.message();
  }
  std::unique_ptr<SharedState> state(new SharedState(options, clock));
  // Two servers would overwrite each other's quarantines. The lock ends with the process.
  const std::filesystem::path lock = options.folder / "lock";
  state->folder_lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (state->folder_lock_ < 0) {
    return "cannot use the state folder: cannot open " + lock.string() + ": " +
           std::strerror(errno);
  }
  if (::flock(state->folder_lock_, LOCK_EX | LOCK_NB) != 0) {
    return "the state folder " + options.folder.string() +
           " is in use by another server; give each its own --state";
  }
  auto quarantine = Quarantine::open(
      std::make_unique<QuarantineJournalFile>(options.folder / "quarantine.json"), clock);
  if (auto* problem = std::get_if<std::string>(&quarantine)) return std::move(*problem);
  state->quarantine = std::move(std::get<std::unique_ptr<Quarantine>>(quarantine));
  auto sinks = open_audit_files(options.folder / "audit.log", options.audit);
  if (auto* problem = std::get_if<std::string>(&sinks)) return std::move(*problem);
  state->audit =
      std::make_unique<AuditLog>(std::move(std::get<AuditSinks>(sinks)), clock, options.audit);
  state->wire();
  return state;
}

void SharedState::wire() {
  sessions.on_end([this](const SessionPtr& session, SessionEnd) {
    page_keys.end_session(session->serial);
    streams.close_session(session->serial, Code::kSessionRequired);
  });
  quarantine->know([this](const QuarantineEntry& entry) { return is_known(entry); });
  quarantine->on_change([this](const QuarantineChange& change) { quarantine_changed(change); });
}

void SharedState::quarantine_changed(const QuarantineChange& change) {
  using Json = nlohmann::ordered_json;
  const QuarantineEntry& entry = change.entry;
  Json data{{"plugin_id", entry.plugin_id}};
  if (entry.version) data["version"] = *entry.version;
  if (change.kind == QuarantineChange::kSet) {
    if (concerns_running(entry)) page_keys.end_plugin({entry.tenant, entry.plugin_id});
    streams.close_if([&](const StreamInfo& stream) {
      const bool hit = stream.plugin_id == entry.plugin_id && stream.tenant == entry.tenant &&
                       stops_version(entry.version, stream.version);
      return hit ? Code::kPluginQuarantined : Code::kAllowed;
    });
    data["reason"] = entry.reason;
    streams.publish(entry.tenant, "evict",
                    data.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else if (!change.still_blocked && !still_blocked(entry)) {
    streams.publish(entry.tenant, "restore",
                    data.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  // The gauge is computed from the whole list: at once if it is short, otherwise with the next
  // sweep.
  constexpr std::size_t kShort = 256;
  if (quarantine->size() > kShort) {
    gauge_due_ = true;
  } else {
    refresh_quarantine_gauge();
  }
}

/// Whether the entry covers a plugin of the tenant, or its running version.
bool SharedState::is_known(const QuarantineEntry& entry) const {
  const std::lock_guard lock(running_mutex_);
  const auto found = running_.find({entry.tenant, entry.plugin_id});
  return found != running_.end() && stops_version(entry.version, found->second);
}

/// Whether an entry covers the running version. True if that is unknown.
bool SharedState::concerns_running(const QuarantineEntry& entry) const {
  const std::lock_guard lock(running_mutex_);
  const auto found = running_.find({entry.tenant, entry.plugin_id});
  return found == running_.end() || stops_version(entry.version, found->second);
}

bool SharedState::still_blocked(const QuarantineEntry& lifted) const {
  std::string version;
  {
    const std::lock_guard lock(running_mutex_);
    const auto found = running_.find({lifted.tenant, lifted.plugin_id});
    if (found == running_.end()) return false;
    version = found->second;
  }
  return quarantine->blocks(lifted.tenant, lifted.plugin_id, version);
}

void SharedState::refresh_quarantine_gauge() {
  std::vector<TenantPlugin> plugins;
  for (const QuarantineEntry& entry : quarantine->list_all()) {
    // The list is sorted, so versions of one plugin are adjacent.
    if (!plugins.empty() && plugins.back().tenant == entry.tenant &&
        plugins.back().plugin_id == entry.plugin_id) {
      continue;
    }
    plugins.emplace_back(TenantPluginView{entry.tenant, entry.plugin_id});
  }
  metrics.quarantined(plugins);
}

void SharedState::config_loaded(const std::vector<KnownTenant>& known, std::uint64_t generation) {
  metrics.set_known(known);
  {
    const std::lock_guard lock(running_mutex_);
    running_.clear();
    for (const KnownTenant& tenant : known) {
      for (const auto& plugin : tenant.plugins)
        running_[{tenant.tenant, plugin.plugin_id}] = plugin.version;
    }
  }
  metrics.config_generation(generation);
  refresh_quarantine_gauge();
}

namespace {

constexpr std::array kOwnerQuotas{Quota::kAccount, Quota::kAddress, Quota::kTenant};
constexpr std::array kAccountQuotas{Quota::kAccount, Quota::kTenant};

}  // namespace

void SharedState::tell_quotas() {
  const auto evicted = [this](std::string_view table, const QuotaCounts& counts, auto quotas) {
    for (const Quota quota : quotas) {
      metrics.quota_evictions(table, name(quota), counts.of(quota));
    }
  };
  const auto refused = [this](std::string_view table, const QuotaCounts& counts, auto quotas) {
    for (const Quota quota : quotas) metrics.quota_refusals(table, name(quota), counts.of(quota));
  };
  constexpr std::array kAll{Quota::kSession, Quota::kAccount, Quota::kAddress, Quota::kTenant};
  evicted("sessions", sessions.replaced(), kOwnerQuotas);
  evicted("page_keys", page_keys.replaced(),
          std::array{Quota::kSession, Quota::kAccount, Quota::kTenant});
  evicted("boot_tokens", boot_tokens.replaced(), kAccountQuotas);
  refused("streams", streams.refused(), kAll);
  refused("quarantine", quarantine->refused(), std::array{Quota::kTenant});
  refused("blocking_work", blocking.refused(), std::array{Quota::kAccount});
}

void SharedState::sweep() {
  if (streams_keep_sessions) {
    sessions.sweep(streams.sessions_in_use());
  } else {
    sessions.sweep();
  }
  quarantine->sweep();
  if (gauge_due_.exchange(false)) refresh_quarantine_gauge();
  rates.sweep();
  telemetry.sweep();
  tell_quotas();
  metrics.sessions(sessions.size());
  metrics.quarantine_durable(quarantine->durable());
  metrics.slow_streams_dropped(streams.stats().slow_dropped);
  metrics.body_memory(bodies.held(), bodies.refused());
  audit->sweep();
  for (const AuditClass each : {AuditClass::kSignIns, AuditClass::kFailedSignIns,
                                AuditClass::kRefusals, AuditClass::kAnonymous}) {
    metrics.audit_not_written(name(each), audit->not_written(each));
  }
  metrics.audit_write_failures(audit->failures());
}

}  // namespace portcullis::bff
