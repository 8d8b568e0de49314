// The audit log: one JSON object per line, one file per class, so that no class can exhaust
// another's budget or rotate its lines away.
//
//   audit.log                 operators' actions: on the disk before act() returns, never dropped
//   audit-sign-ins.log        successful sign-ins
//   audit-failed-sign-ins.log failed sign-ins
//   audit-refusals.log        requests of a session refused for a security reason
//   audit-anonymous.log       requests refused without a session: anyone can cause these
//
// All classes but the first are queued, written by a thread per class and limited by an
// AuditBudget, with a share per client address and per account. A flood can neither slow requests,
// nor fill the disk quickly, nor hide the actions of others. Dropped lines are counted
// (not_written()); once a second a `not_written` line with the count is added to the class's file.
//
// External text is written as JSON strings, so control characters cannot forge a line; invalid
// UTF-8 is replaced. No field holds secrets (cookies, tokens, request bodies).
//
// Lines go to a port (audit_sink.hpp). Rotation is described in adapters/files/audit_file.hpp.
// Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bounded_worker.hpp"
#include "base/clock.hpp"
#include "domain/audit_budget.hpp"
#include "domain/audit_sink.hpp"

namespace portcullis::bff {

/// One audit event.
struct AuditRecord {
  std::string event;    ///< "quarantine", "unquarantine", "refresh", "login", "denied", ...
  std::string outcome;  ///< "ok", "failed", or the Code's name
  std::string tenant;
  std::string actor;  ///< subject id, "operator-token" or empty
  std::string plugin_id;
  std::string version;
  std::string method;
  std::string target;  ///< canonical path if known, without query (the caller removes it)
  std::string remote_ip;
  std::string request_id;
  std::string detail;
  std::uint64_t count = 0;  ///< for "not_written": the number of lines it replaces
};

/// Maximum bytes of one text in a queued line; longer texts are cut.
inline constexpr std::size_t kMaxAuditText = 512;
/// One line without line break. Empty fields are omitted.
[[nodiscard]] std::string to_json_line(const AuditRecord& record, WallTime at);

/// The classes; each has a file, a queue and a budget.
enum class AuditClass : std::uint8_t {
  kOperators,
  kSignIns,
  kFailedSignIns,
  kRefusals,
  kAnonymous
};
inline constexpr std::size_t kAuditClasses = 5;
/// The metric label: "operators", "sign_ins", "failed_sign_ins", "refusals" or "anonymous".
[[nodiscard]] std::string_view name(AuditClass which) noexcept;

/// Limits of the log.
struct AuditOptions {
  std::uint64_t max_bytes = 64ULL * 1024 * 1024;  ///< per file, before rotation
  unsigned keep = 5;                              ///< rotated files per class
  AuditRates rates;                               ///< per class; operators' actions are not limited
  std::size_t queue = 4096;                       ///< lines per class
};

/// One sink per class, in the order of AuditClass.
using AuditSinks = std::array<std::unique_ptr<AuditSink>, kAuditClasses>;

/// The audit log of the process.
class AuditLog {
 public:
  AuditLog(AuditSinks sinks, const Clock& clock, const AuditOptions& options = {});
  /// Writes the queued lines.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Records an operator's action. Blocks on the disk: call it through offload(). Returns false if
  /// the disk write failed; the action may proceed, and the answer and the metrics report the
  /// failure.
  bool act(const AuditRecord& record);
  /// Records a sign-in attempt. `network`: the client's address as counted by the budget
  /// (site_of()).
  void sign_in(AuditRecord record, bool succeeded, std::string network);
  /// Records a refusal: class kRefusals if the record names an `actor`, else kAnonymous.
  void refusal(AuditRecord record, std::string network);

  /// Once a second: reports dropped lines, follows moved files, syncs. Blocks.
  void sweep();
  /// Replaces the limits of AuditOptions, starting with the next line (reload).
  void set_limits(std::uint64_t max_bytes, unsigned keep, AuditRates rates);
  /// Waits until the queued lines are written.
  void flush();
  /// Lines of the class dropped because of a budget or a full queue.
  [[nodiscard]] std::uint64_t not_written(AuditClass which) const noexcept;
  /// Lines that could not be written to the disk.
  [[nodiscard]] std::uint64_t failures() const noexcept;

 private:
  struct Item {
    AuditRecord record;
    WallTime at;
  };
  struct Queued;
  void queue(Queued& into, AuditBudget& budget, std::span<const std::string> sources,
             AuditRecord record);
  void report(Queued& of);

  const Clock& clock_;
  const std::unique_ptr<AuditSink> operators_;
  std::array<std::unique_ptr<Queued>, kAuditClasses - 1> queued_;
};

}  // namespace portcullis::bff
