// The state that all io threads share, each part with one owner, opened and wired together once.
//
// Wired here, so that no handler has to remember it:
//   a session ends     -> its streams are closed (SESSION_REQUIRED), its page keys end;
//   a quarantine is set -> the plugin's streams are closed (PLUGIN_QUARANTINED), hosts of the
//   tenant
//                         get `evict`, stamps made with the current page keys end, the gauge goes
//                         up; lifted or expired -> `restore`;
//   sweep()            -> expiry of sessions and quarantines, idle buckets, gauges; a session with
//   an
//                         open stream or call is in use, as long as `streams_keep_sessions` says
//                         so.
// A reload's own consequences (disabled plugins, changed permissions) are StreamHub::close_if with
// the new snapshot, called by who reloads.
//
// Create before the io threads, destroy after them. main runs sweep() once a second, through
// `blocking`.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/log/log_telemetry.hpp"
#include "adapters/memory/memory_boot_tokens.hpp"
#include "adapters/memory/memory_health.hpp"
#include "adapters/memory/memory_page_keys.hpp"
#include "adapters/memory/memory_rate_limiter.hpp"
#include "adapters/memory/memory_sessions.hpp"
#include "adapters/prometheus/prometheus_metrics.hpp"
#include "base/clock.hpp"
#include "domain/audit_log.hpp"
#include "domain/blocking_work.hpp"
#include "domain/body_budget.hpp"
#include "domain/quarantine.hpp"
#include "domain/stream_hub.hpp"
#include "upstream/circuit_breaker.hpp"

namespace portcullis::bff {

struct StateOptions {
  std::filesystem::path folder;  ///< --state; created with mode 0700 when it is not there
  std::string version;           ///< of the server, for build_info
  SessionLimits sessions;
  StreamLimits streams;
  AuditOptions audit;
};

class SharedState {
 public:
  /// The error is one sentence: the server must not start.
  [[nodiscard]] static std::variant<std::unique_ptr<SharedState>, std::string> open(
      const StateOptions& options, const Clock& clock = Clock::real());
  ~SharedState();
  SharedState(const SharedState&) = delete;
  SharedState& operator=(const SharedState&) = delete;

  /// Once a second or so. One caller at a time.
  void sweep();

  /// After a configuration was loaded, before it serves: what metrics may name, and the gauges.
  void config_loaded(const std::vector<KnownTenant>& known, std::uint64_t generation);

  const Clock& clock;
  const std::filesystem::path folder;
  PrometheusMetrics metrics;
  StreamHub streams;
  MemorySessions sessions;
  MemoryRateLimiter rates;
  CircuitBreakers breakers;
  BodyBudget bodies;
  MemoryHealth health;
  std::unique_ptr<Quarantine> quarantine;
  std::unique_ptr<AuditLog> audit;
  LogTelemetry telemetry;
  BlockingWork blocking;  ///< for offload()
  MemoryBootTokens boot_tokens;
  MemoryPageKeys page_keys;
  std::atomic<bool> streams_keep_sessions{true};  ///< session.streams_keep

 private:
  SharedState(const StateOptions& options, const Clock& clock);
  void wire();
  void refresh_quarantine_gauge();
  void quarantine_changed(const QuarantineChange& change);
  [[nodiscard]] bool is_known(const QuarantineEntry& entry) const;
  void tell_quotas();
  [[nodiscard]] bool concerns_running(const QuarantineEntry& entry) const;
  [[nodiscard]] bool still_blocked(const QuarantineEntry& lifted) const;

  std::atomic<bool> gauge_due_{false};
  int folder_lock_ = -1;  // held for as long as this lives: one server to a state folder
  mutable std::mutex running_mutex_;
  std::map<std::pair<std::string, std::string>, std::string> running_;  // tenant, plugin: version
};

}  // namespace portcullis::bff
