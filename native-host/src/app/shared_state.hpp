// State shared by all io threads. Each part has one owner and is connected to the others here, so
// that handlers need not care:
//   a session ends       -> its streams close (SESSION_REQUIRED), its page keys end
//   a quarantine is set  -> the plugin's streams close (PLUGIN_QUARANTINED), hosts of the tenant
//                        get `evict`, stamps made with the current page keys become invalid, the
//                        gauge rises; lifted or expired -> `restore`
//   sweep()              -> expires sessions, quarantines and idle buckets, updates gauges; a
//                        session with an open stream or call is in use, if `streams_keep_sessions`
//                        is set
// After a reload the caller applies its own consequences with StreamHub::close_if and the new
// snapshot.
//
// Create before the io threads and destroy after them. sweep() runs once a second through
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

/// Options of the shared state.
struct StateOptions {
  std::filesystem::path folder;  ///< --state; created with mode 0700 if missing
  std::string version;           ///< of the server, for build_info
  SessionLimits sessions;
  StreamLimits streams;
  AuditOptions audit;
};

/// The parts. Each is thread-safe.
class SharedState {
 public:
  /// Opens the state folder. On failure one sentence: the server must not start.
  [[nodiscard]] static std::variant<std::unique_ptr<SharedState>, std::string> open(
      const StateOptions& options, const Clock& clock = Clock::real());
  ~SharedState();
  SharedState(const SharedState&) = delete;
  SharedState& operator=(const SharedState&) = delete;

  /// Periodic work, about once a second. One caller at a time.
  void sweep();

  /// Call after a configuration was loaded and before it is served: sets the permitted metric
  /// labels and the gauges.
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
  int folder_lock_ = -1;  // held during the lifetime: one server per state folder
  mutable std::mutex running_mutex_;
  std::map<std::pair<std::string, std::string>, std::string> running_;  // tenant, plugin: version
};

}  // namespace portcullis::bff
