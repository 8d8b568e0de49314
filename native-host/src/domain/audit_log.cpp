#include "domain/audit_log.hpp"

#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

namespace portcullis::bff {

std::string to_json_line(const AuditRecord& record, WallTime at) {
  using Json = nlohmann::ordered_json;
  Json line{{"at", format_rfc3339(at)}, {"event", record.event}};
  const auto add = [&line](const char* key, const std::string& value) {
    if (!value.empty()) line[key] = value;
  };
  add("outcome", record.outcome);
  add("tenant", record.tenant);
  add("actor", record.actor);
  add("plugin_id", record.plugin_id);
  add("version", record.version);
  add("method", record.method);
  add("target", record.target);
  add("remote_ip", record.remote_ip);
  add("request_id", record.request_id);
  if (record.count > 0) line["count"] = record.count;
  add("detail", record.detail);
  // ASCII only: also escapes characters that some viewers treat as line breaks or right-to-left
  // marks.
  return line.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string_view name(AuditClass which) noexcept {
  switch (which) {
    case AuditClass::kOperators:
      return "operators";
    case AuditClass::kSignIns:
      return "sign_ins";
    case AuditClass::kFailedSignIns:
      return "failed_sign_ins";
    case AuditClass::kRefusals:
      return "refusals";
    case AuditClass::kAnonymous:
      return "anonymous";
  }
  return "unknown";
}

/// One queued class.
struct AuditLog::Queued {
  Queued(std::unique_ptr<AuditSink> to, const Clock& clock, const AuditOptions& options)
      : sink(std::move(to)),
        budget(clock, options.rates),
        worker(options.queue, [this](Item& item) {
          (void)sink->write(to_json_line(item.record, item.at), false);
        }) {}

  const std::unique_ptr<AuditSink> sink;
  AuditBudget budget;
  std::atomic<std::uint64_t> not_written{0};

  struct Missing {
    std::uint64_t over_share = 0;
    std::uint64_t over_budget = 0;
    std::uint64_t queue_full = 0;
    [[nodiscard]] std::uint64_t all() const { return over_share + over_budget + queue_full; }
  };
  std::mutex mutex;
  Missing missing;  // since the last report
  BoundedWorker<Item> worker;
};

namespace {

/// Bounds the memory of a queued line and its share of the file.
void shorten(AuditRecord& record) {
  for (std::string* text :
       {&record.tenant, &record.actor, &record.plugin_id, &record.version, &record.method,
        &record.target, &record.remote_ip, &record.request_id, &record.detail}) {
    if (text->size() <= kMaxAuditText) continue;
    text->resize(kMaxAuditText);
    text->append("...").shrink_to_fit();
  }
}

}  // namespace

AuditLog::AuditLog(AuditSinks sinks, const Clock& clock, const AuditOptions& options)
    : clock_(clock), operators_(std::move(sinks[0])) {
  for (std::size_t i = 0; i < queued_.size(); ++i) {
    queued_[i] = std::make_unique<Queued>(std::move(sinks[i + 1]), clock, options);
  }
}

AuditLog::~AuditLog() {
  for (const auto& each : queued_) report(*each);
}

bool AuditLog::act(const AuditRecord& record) {
  return operators_->write(to_json_line(record, clock_.wall()), true);
}

void AuditLog::sign_in(AuditRecord record, bool succeeded, std::string network) {
  Queued& into = *queued_[succeeded ? 0 : 1];
  // The account of a failed sign-in is arbitrary input; that of a successful one is real.
  std::array<std::string, 2> sources{"ip:" + network, {}};
  if (succeeded) sources[1] = "account:" + record.actor;
  queue(into, into.budget, sources, std::move(record));
}

void AuditLog::refusal(AuditRecord record, std::string network) {
  std::array<std::string, 2> sources{"ip:" + network, {}};
  if (!record.actor.empty()) sources[1] = "account:" + record.actor;
  Queued& into = *queued_[record.actor.empty() ? 3 : 2];
  queue(into, into.budget, sources, std::move(record));
}

void AuditLog::queue(Queued& into, AuditBudget& budget, std::span<const std::string> sources,
                     AuditRecord record) {
  shorten(record);
  const AuditBudget::Verdict verdict = budget.take(sources);
  if (verdict == AuditBudget::Verdict::kWrite &&
      into.worker.push({std::move(record), clock_.wall()})) {
    return;
  }
  into.not_written.fetch_add(1);
  const std::lock_guard lock(into.mutex);
  ++(verdict == AuditBudget::Verdict::kWrite       ? into.missing.queue_full
     : verdict == AuditBudget::Verdict::kOverShare ? into.missing.over_share
                                                   : into.missing.over_budget);
}

void AuditLog::report(Queued& of) {
  Queued::Missing missing;
  {
    const std::lock_guard lock(of.mutex);
    missing = std::exchange(of.missing, {});
  }
  if (missing.all() == 0) return;
  AuditRecord record;
  record.event = "not_written";
  record.outcome = missing.over_budget + missing.queue_full > 0 ? "over_budget" : "over_share";
  record.count = missing.all();
  record.detail = std::to_string(missing.over_share) +
                  " over the share of their address or account, " +
                  std::to_string(missing.over_budget) + " over the budget of all, " +
                  std::to_string(missing.queue_full) + " because the disk was too slow";
  of.worker.flush();
  if (of.sink->write(to_json_line(record, clock_.wall()), false)) return;
  // Put back: reported when the disk accepts lines again.
  const std::lock_guard lock(of.mutex);
  of.missing.over_share += missing.over_share;
  of.missing.over_budget += missing.over_budget;
  of.missing.queue_full += missing.queue_full;
}

void AuditLog::sweep() {
  operators_->maintain();
  for (const auto& each : queued_) {
    report(*each);
    each->sink->maintain();
  }
}

void AuditLog::set_limits(std::uint64_t max_bytes, unsigned keep, AuditRates rates) {
  operators_->set_retention(max_bytes, keep);
  for (const auto& each : queued_) {
    each->sink->set_retention(max_bytes, keep);
    each->budget.set_rates(rates);
  }
}

void AuditLog::flush() {
  for (const auto& each : queued_) each->worker.flush();
}

std::uint64_t AuditLog::not_written(AuditClass which) const noexcept {
  if (which == AuditClass::kOperators) return 0;
  return queued_[static_cast<std::size_t>(which) - 1]->not_written.load();
}

std::uint64_t AuditLog::failures() const noexcept {
  std::uint64_t all = operators_->failures();
  for (const auto& each : queued_) all += each->sink->failures();
  return all;
}

}  // namespace portcullis::bff
