#include "adapters/prometheus/prometheus_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "adapters/prometheus/series.hpp"

namespace portcullis::bff {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::string_view kUnknown = "unknown";

const Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                           0.1,    0.25,  0.5,    1,     2.5,  5,     10};

double seconds(std::chrono::nanoseconds took) noexcept {
  return std::chrono::duration<double>(took).count();
}

/// E.g. "200"; without allocation.
std::string_view status_text(unsigned status, std::array<char, 3>& room) noexcept {
  if (status < 100 || status > 999) status = 999;
  room = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
          static_cast<char>('0' + status % 10)};
  return {room.data(), room.size()};
}

/// The series of one kind of event.
struct Observed {
  Counter* count = nullptr;
  Histogram* seconds = nullptr;  ///< null: only counted
};

}  // namespace

struct PrometheusMetrics::Impl {
  prometheus::Registry registry;

  prometheus::Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  SeriesCache<Counter> requests{
      counters("portcullis_requests_total", "Requests answered, by HTTP status."),
      {"tenant", "plugin_id", "version", "route_kind", "code"}};
  SeriesCache<Histogram> request_seconds{
      histograms("portcullis_request_duration_seconds",
                 "Time from the request's head to the end of the answer."),
      {"tenant", "plugin_id", "route_kind"}};
  SeriesCache<Counter> denials{
      counters("portcullis_denials_total", "Requests refused, by reason code."),
      {"tenant", "plugin_id", "version", "reason"}};
  SeriesCache<Counter> bundle_serves{
      counters("portcullis_bundle_serves_total", "Requests for bundles, by outcome."),
      {"tenant", "plugin_id", "version", "outcome"}};
  SeriesCache<Histogram> bundle_seconds{
      histograms("portcullis_bundle_serve_duration_seconds", "Time to serve a bundle."),
      {"tenant", "plugin_id"}};
  SeriesCache<Counter> telemetry_accepted{
      counters("portcullis_telemetry_events_total", "Telemetry events accepted from plugins."),
      {"tenant", "plugin_id", "version"}};
  SeriesCache<Counter> telemetry_dropped{
      counters("portcullis_telemetry_events_dropped_total",
               "Telemetry events dropped: over a log budget, or the queue was full."),
      {"tenant", "plugin_id", "version"}};
  SeriesCache<Counter> pdp_requests{
      counters("portcullis_pdp_requests_total", "Requests to the PDP, by outcome."), {"outcome"}};
  SeriesCache<Histogram> pdp_seconds{
      histograms("portcullis_pdp_request_duration_seconds", "Time until the PDP answered."), {}};
  SeriesCache<Counter> upstream_requests{
      counters("portcullis_upstream_requests_total", "Requests to upstreams, by outcome."),
      {"upstream", "outcome"}};
  SeriesCache<Histogram> upstream_seconds{histograms("portcullis_upstream_request_duration_seconds",
                                                     "Time until the end of an upstream's answer."),
                                          {"upstream"}};
  SeriesCache<Counter> upstream_retries{
      counters("portcullis_upstream_retries_total",
               "Requests repeated because a pooled connection was stale."),
      {"upstream"}};
  SeriesCache<Counter> upstream_connections{
      counters("portcullis_upstream_connections_total",
               "Connections used for requests to upstreams: new or reused."),
      {"upstream", "kind"}};
  SeriesCache<Gauge> upstream_circuits{
      gauges("portcullis_upstream_circuit_open", "1 while the upstream's circuit breaker is open."),
      {"upstream"}};
  SeriesCache<Gauge> streams{gauges("portcullis_streams", "Open event streams."),
                             {"tenant", "plugin_id", "kind"}};
  SeriesCache<Gauge> quarantined{
      gauges("portcullis_quarantined", "1 while the plugin, or a version of it, is quarantined."),
      {"tenant", "plugin_id"}};
  SeriesCache<Gauge> not_served{
      gauges("portcullis_plugins_not_served", "Configured plugins that are not served, by reason."),
      {"tenant", "reason"}};
  std::mutex not_served_mutex;
  std::set<std::pair<std::string, std::string>> not_served_before;  // labels that have a series
  std::mutex quarantined_mutex;
  std::set<std::pair<std::string, std::string>> quarantined_before;  // labels that have a series
  SeriesCache<Counter> reloads{
      counters("portcullis_config_reloads_total", "Reloads of the configuration, by outcome."),
      {"outcome"}};
  SeriesCache<Counter> logins{counters("portcullis_logins_total", "Logins, by outcome."),
                              {"outcome"}};

  SeriesCache<Counter> quota_evictions{
      counters("portcullis_quota_evictions_total",
               "Entries of a shared table evicted because their owner exceeded a quota."),
      {"table", "quota"}};
  SeriesCache<Counter> quota_refusals{
      counters("portcullis_quota_refusals_total",
               "Requests refused because their owner exceeded a quota."),
      {"table", "quota"}};

  Gauge& quarantine_durable =
      gauges("portcullis_quarantine_durable", "0 while a quarantine in force is not on disk.")
          .Add({});
  Gauge& sessions = gauges("portcullis_sessions", "Live sessions.").Add({});
  Gauge& connections = gauges("portcullis_connections", "Open client connections.").Add({});
  Counter& refused = counters("portcullis_connections_refused_total",
                              "Connections refused because there were too many.")
                         .Add({});
  Gauge& generation =
      gauges("portcullis_config_generation", "Generation of the configuration in force.").Add({});
  Counter& slow_streams = counters("portcullis_slow_streams_dropped_total",
                                   "Event streams ended because the client did not keep up.")
                              .Add({});
  Gauge& body_memory = gauges("portcullis_body_memory_bytes",
                              "Bytes of memory held by request bodies, beyond 4 KiB each.")
                           .Add({});
  Counter& body_refusals = counters("portcullis_body_memory_refusals_total",
                                    "Request bodies refused by the memory limit.")
                               .Add({});
  SeriesCache<Counter> audit_not_written{
      counters(
          "portcullis_audit_not_written_total",
          "Audit log lines that were counted but not written, over the budget of their class."),
      {"class"}};
  Counter& audit_lost = counters("portcullis_audit_denials_suppressed_total",
                                 "Sum of portcullis_audit_not_written_total over all classes.")
                            .Add({});
  Counter& audit_failures = counters("portcullis_audit_write_failures_total",
                                     "Audit log lines that could not be written to disk.")
                                .Add({});

  // The permitted label values. Replaced as a whole; read under the shared lock.
  struct Known {
    KeyedSet tenants;
    TenantPluginMap<KeyedSet> plugins;
  };
  mutable std::shared_mutex known_mutex;
  std::shared_ptr<const Known> known = std::make_shared<Known>();

  /// The labels with unknown values replaced. Values are views into the caller's.
  PluginLabels bounded(const PluginLabels& who) const {
    const std::shared_lock lock(known_mutex);
    PluginLabels safe = who;
    if (!who.tenant.empty() && !known->tenants.contains(who.tenant)) {
      safe.tenant = kUnknown;
    }
    if (who.plugin_id.empty()) {
      safe.version = {};
      return safe;
    }
    const auto found = known->plugins.find(TenantPluginView{who.tenant, who.plugin_id});
    if (found == known->plugins.end()) {
      safe.plugin_id = kUnknown;
      safe.version = who.version.empty() ? who.version : kUnknown;
    } else if (!who.version.empty() && !found->second.contains(who.version)) {
      safe.version = kUnknown;
    }
    return safe;
  }

  /// Counts one event and its duration in the series returned by `make`. Every request comes here,
  /// nearly always with labels its thread has used before, which are found without a lock. Only
  /// known labels are cached, so a thread's memory is bounded.
  template <typename Make>
  void observe(char what, const PluginLabels& who, std::string_view a, std::string_view b,
               std::chrono::nanoseconds took, const Make& make) {
    struct Memory {
      std::uint64_t of = 0;
      std::string key;
      KeyedMap<Observed> series;
    };
    thread_local Memory memory;
    if (memory.of != serial) memory = Memory{serial, {}, {}};
    std::string& key = memory.key;
    key.assign(1, what);
    for (const std::string_view part : {who.tenant, who.plugin_id, who.version, a, b}) {
      key.append(part).push_back('\x1f');
    }
    Observed observed;
    if (const auto found = memory.series.find(key); found != memory.series.end()) {
      observed = found->second;
    } else {
      const PluginLabels safe = bounded(who);
      observed = make(safe);
      if (safe.tenant == who.tenant && safe.plugin_id == who.plugin_id &&
          safe.version == who.version) {
        memory.series.emplace(key, observed);
      }
    }
    observed.count->Increment();
    if (observed.seconds != nullptr) observed.seconds->Observe(seconds(took));
  }

  /// Unique per process: a thread's cache belongs to one instance.
  const std::uint64_t serial = [] {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }();
};

PrometheusMetrics::PrometheusMetrics(std::string_view version) : impl_(std::make_unique<Impl>()) {
  impl_->gauges("portcullis_build_info", "Always 1; the label is the running version.")
      .Add({{"version", std::string(version)}})
      .Set(1);
  impl_->quarantine_durable.Set(1);
}

PrometheusMetrics::~PrometheusMetrics() = default;

void PrometheusMetrics::set_known(const std::vector<KnownTenant>& tenants) {
  const std::unique_lock lock(impl_->known_mutex);
  auto known = std::make_shared<Impl::Known>(*impl_->known);
  for (const KnownTenant& tenant : tenants) {
    known->tenants.insert(tenant.tenant);
    for (const KnownPlugin& plugin : tenant.plugins) {
      known->plugins[TenantPlugin({tenant.tenant, plugin.plugin_id})].insert(plugin.version);
    }
  }
  impl_->known = std::move(known);
}

void PrometheusMetrics::request(const PluginLabels& who, RouteKind kind, unsigned status,
                                std::chrono::nanoseconds took) {
  std::array<char, 3> room{};
  const std::string_view code = status_text(status, room);
  impl_->observe('r', who, name(kind), code, took, [&](const PluginLabels& safe) {
    return Observed{
        &impl_->requests.at({safe.tenant, safe.plugin_id, safe.version, name(kind), code}),
        &impl_->request_seconds.at({safe.tenant, safe.plugin_id, name(kind)}, kSeconds)};
  });
}

void PrometheusMetrics::denial(const PluginLabels& who, Code reason) {
  const PluginLabels safe = impl_->bounded(who);
  impl_->denials.at({safe.tenant, safe.plugin_id, safe.version, portcullis::name(reason)})
      .Increment();
}

void PrometheusMetrics::bundle_serve(const PluginLabels& who, std::string_view outcome,
                                     std::chrono::nanoseconds took) {
  impl_->observe('b', who, outcome, {}, took, [&](const PluginLabels& safe) {
    return Observed{&impl_->bundle_serves.at({safe.tenant, safe.plugin_id, safe.version, outcome}),
                    &impl_->bundle_seconds.at({safe.tenant, safe.plugin_id}, kSeconds)};
  });
}

void PrometheusMetrics::telemetry(const PluginLabels& who, std::uint64_t accepted,
                                  std::uint64_t dropped) {
  const PluginLabels safe = impl_->bounded(who);
  if (accepted > 0) {
    impl_->telemetry_accepted.at({safe.tenant, safe.plugin_id, safe.version})
        .Increment(static_cast<double>(accepted));
  }
  if (dropped > 0) {
    impl_->telemetry_dropped.at({safe.tenant, safe.plugin_id, safe.version})
        .Increment(static_cast<double>(dropped));
  }
}

void PrometheusMetrics::pdp_request(std::string_view outcome, std::chrono::nanoseconds took) {
  impl_->pdp_requests.at({outcome}).Increment();
  impl_->pdp_seconds.at({}, kSeconds).Observe(seconds(took));
}

void PrometheusMetrics::upstream_request(std::string_view upstream, std::string_view outcome,
                                         std::chrono::nanoseconds took) {
  impl_->observe('u', {}, upstream, outcome, took, [&](const PluginLabels&) {
    return Observed{&impl_->upstream_requests.at({upstream, outcome}),
                    &impl_->upstream_seconds.at({upstream}, kSeconds)};
  });
}

void PrometheusMetrics::upstream_retry(std::string_view upstream) {
  impl_->upstream_retries.at({upstream}).Increment();
}

void PrometheusMetrics::upstream_connection(std::string_view upstream, bool reused) {
  const std::string_view how = reused ? "reused" : "new";
  impl_->observe('c', {}, upstream, how, {}, [&](const PluginLabels&) {
    return Observed{&impl_->upstream_connections.at({upstream, how}), nullptr};
  });
}

void PrometheusMetrics::upstream_circuit(std::string_view upstream, bool open) {
  impl_->upstream_circuits.at({upstream}).Set(open ? 1 : 0);
}

void PrometheusMetrics::upstream_known(std::string_view upstream) {
  (void)impl_->upstream_circuits.at({upstream});
}

void PrometheusMetrics::stream_opened(const PluginLabels& who, std::string_view kind) {
  const PluginLabels safe = impl_->bounded(who);
  impl_->streams.at({safe.tenant, safe.plugin_id, kind}).Increment();
}

void PrometheusMetrics::stream_closed(const PluginLabels& who, std::string_view kind) {
  const PluginLabels safe = impl_->bounded(who);
  impl_->streams.at({safe.tenant, safe.plugin_id, kind}).Decrement();
}

void PrometheusMetrics::quarantined(const std::vector<TenantPlugin>& plugins) {
  std::map<std::pair<std::string, std::string>, double> counts;
  for (const TenantPlugin& plugin : plugins) {
    const PluginLabels safe = impl_->bounded({plugin.tenant, plugin.plugin_id, {}});
    counts[{std::string(safe.tenant), std::string(safe.plugin_id)}] += 1;
  }
  const std::lock_guard lock(impl_->quarantined_mutex);
  for (const auto& labels : impl_->quarantined_before) {
    if (!counts.contains(labels)) impl_->quarantined.at({labels.first, labels.second}).Set(0);
  }
  for (const auto& [labels, count] : counts) {
    impl_->quarantined.at({labels.first, labels.second}).Set(count);
    impl_->quarantined_before.insert(labels);
  }
}

void PrometheusMetrics::plugins_not_served(const std::vector<Unserved>& counts) {
  const std::lock_guard lock(impl_->not_served_mutex);
  for (const auto& [tenant, reason] : impl_->not_served_before) {
    impl_->not_served.at({tenant, reason}).Set(0);
  }
  for (const Unserved& count : counts) {
    impl_->not_served.at({count.tenant, count.reason}).Set(static_cast<double>(count.plugins));
    impl_->not_served_before.emplace(count.tenant, count.reason);
  }
}

void PrometheusMetrics::quarantine_durable(bool durable) {
  impl_->quarantine_durable.Set(durable ? 1 : 0);
}
void PrometheusMetrics::sessions(std::size_t count) {
  impl_->sessions.Set(static_cast<double>(count));
}
void PrometheusMetrics::connections(std::int64_t delta) {
  impl_->connections.Increment(static_cast<double>(delta));
}
void PrometheusMetrics::connection_refused() { impl_->refused.Increment(); }
void PrometheusMetrics::config_generation(std::uint64_t generation) {
  impl_->generation.Set(static_cast<double>(generation));
}
void PrometheusMetrics::config_reload(bool ok) {
  impl_->reloads.at({ok ? "ok" : "rejected"}).Increment();
}
void PrometheusMetrics::login(bool ok) { impl_->logins.at({ok ? "ok" : "refused"}).Increment(); }

void PrometheusMetrics::slow_streams_dropped(std::uint64_t total) {
  impl_->slow_streams.Increment(static_cast<double>(total) - impl_->slow_streams.Value());
}
void PrometheusMetrics::quota_evictions(std::string_view table, std::string_view quota,
                                        std::uint64_t total) {
  Counter& counter = impl_->quota_evictions.at({table, quota});
  counter.Increment(static_cast<double>(total) - counter.Value());
}
void PrometheusMetrics::quota_refusals(std::string_view table, std::string_view quota,
                                       std::uint64_t total) {
  Counter& counter = impl_->quota_refusals.at({table, quota});
  counter.Increment(static_cast<double>(total) - counter.Value());
}
void PrometheusMetrics::body_memory(std::size_t held, std::uint64_t refused) {
  impl_->body_memory.Set(static_cast<double>(held));
  impl_->body_refusals.Increment(static_cast<double>(refused) - impl_->body_refusals.Value());
}
void PrometheusMetrics::audit_not_written(std::string_view audit_class, std::uint64_t total) {
  Counter& counter = impl_->audit_not_written.at({audit_class});
  const double more = static_cast<double>(total) - counter.Value();
  counter.Increment(more);
  impl_->audit_lost.Increment(more);
}
void PrometheusMetrics::audit_write_failures(std::uint64_t total) {
  impl_->audit_failures.Increment(static_cast<double>(total) - impl_->audit_failures.Value());
}

std::string PrometheusMetrics::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace portcullis::bff
