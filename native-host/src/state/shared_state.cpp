#include "state/shared_state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

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
      telemetry(metrics),
      blocking(2),
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
  // Two servers would overwrite each other's quarantines. The lock goes with the process.
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
  auto quarantine = Quarantine::open(options.folder / "quarantine.json", clock);
  if (auto* problem = std::get_if<std::string>(&quarantine)) return std::move(*problem);
  state->quarantine = std::move(std::get<std::unique_ptr<Quarantine>>(quarantine));
  auto audit = AuditLog::open(options.folder / "audit.log", clock, options.audit);
  if (auto* problem = std::get_if<std::string>(&audit)) return std::move(*problem);
  state->audit = std::move(std::get<std::unique_ptr<AuditLog>>(audit));
  state->wire();
  return state;
}

void SharedState::wire() {
  sessions.on_end([this](const SessionPtr& session, SessionEnd) {
    page_keys.end_session(session->serial);
    streams.close_session(session->serial, Code::kSessionRequired);
  });
  quarantine->on_change([this](const QuarantineChange& change) {
    const QuarantineEntry& entry = change.entry;
    using Json = nlohmann::ordered_json;
    Json data{{"plugin_id", entry.plugin_id}};
    if (entry.version) data["version"] = *entry.version;
    if (change.kind == QuarantineChange::kSet) {
      std::optional<std::string_view> version;
      if (entry.version) version = *entry.version;
      if (concerns_running(entry)) page_keys.end_plugin({entry.tenant, entry.plugin_id});
      streams.close_plugin(entry.tenant, entry.plugin_id, version, Code::kPluginQuarantined);
      data["reason"] = entry.reason;
      streams.publish(entry.tenant, "evict",
                      data.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else if (!change.still_blocked && !still_blocked(entry)) {
      streams.publish(entry.tenant, "restore",
                      data.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    refresh_quarantine_gauge();
  });
}

/// Whether an entry covers the version that is rolled out; one that nobody knows it does.
bool SharedState::concerns_running(const QuarantineEntry& entry) const {
  const std::lock_guard lock(running_mutex_);
  const auto found = running_.find({entry.tenant, entry.plugin_id});
  return !entry.version || found == running_.end() || found->second == *entry.version;
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
    // The list is ordered; versions of one plugin follow each other.
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

void SharedState::sweep() {
  sessions.sweep();
  quarantine->sweep();
  rates.sweep();
  metrics.sessions(sessions.size());
  metrics.quarantine_durable(quarantine->durable());
  metrics.slow_streams_dropped(streams.stats().slow_dropped);
  metrics.audit_lost(audit->suppressed());
  metrics.audit_write_failures(audit->failures());
}

}  // namespace portcullis::bff
