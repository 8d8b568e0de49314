// Who did what, and who was turned away: one JSON object per line, in a file for each class, so
// that no class can use up another's budget or rotate its lines away.
//
//   audit.log                 what operators did: written and on the disk before act() returns,
//                             never dropped
//   audit-sign-ins.log        who signed in
//   audit-failed-sign-ins.log who failed to
//   audit-refusals.log        what was refused to a session for a security reason
//   audit-anonymous.log       what was refused without a session: anybody can cause these
//
// All but the first are queued, written by a thread of the class's own, and bounded by an
// AuditBudget with a share for each source: the client's address, and for a session its account.
// A flood can therefore neither slow requests, nor fill the disk quickly, nor hide what others do.
// What is not written is counted (not_written()) and said: once a second a line `not_written` with
// the count goes into the class's file.
//
// Texts that came from outside are JSON strings: control characters cannot forge a line. Invalid
// UTF-8 is replaced. Secrets (cookies, tokens, request bodies) have no field here.
//
// Where lines go is a port (audit_sink.hpp); AuditFile says how files rotate, and what happens when
// another program moves them.
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

struct AuditRecord {
  std::string event;    ///< "quarantine", "unquarantine", "refresh", "login", "denied", ...
  std::string outcome;  ///< "ok", "failed", or the Code's name
  std::string tenant;
  std::string actor;  ///< subject id, "operator-token" or empty
  std::string plugin_id;
  std::string version;
  std::string method;
  std::string target;  ///< canonical where there is one; the query is left out by the caller
  std::string remote_ip;
  std::string request_id;
  std::string detail;
  std::uint64_t count = 0;  ///< of "not_written": how many lines this one stands for
};

/// Bytes of one text in a line that is queued; the rest of a longer one is cut.
inline constexpr std::size_t kMaxAuditText = 512;
/// One line without line break; empty fields are left out.
[[nodiscard]] std::string to_json_line(const AuditRecord& record, WallTime at);

enum class AuditClass : std::uint8_t {
  kOperators,
  kSignIns,
  kFailedSignIns,
  kRefusals,
  kAnonymous
};
inline constexpr std::size_t kAuditClasses = 5;
/// "operators", "sign_ins", "failed_sign_ins", "refusals", "anonymous": a label of metrics.
[[nodiscard]] std::string_view name(AuditClass which) noexcept;

struct AuditOptions {
  std::uint64_t max_bytes = 64ULL * 1024 * 1024;  ///< of each file
  unsigned keep = 5;                              ///< rotated files of each class
  AuditRates rates;                               ///< of each class but the operators'
  std::size_t queue = 4096;                       ///< lines of each class
};

/// A sink for each class, in the order of AuditClass.
using AuditSinks = std::array<std::unique_ptr<AuditSink>, kAuditClasses>;

class AuditLog {
 public:
  AuditLog(AuditSinks sinks, const Clock& clock, const AuditOptions& options = {});
  /// Writes what is queued.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// An operator's. Blocks on the disk: call it through offload(). False when the disk refused; the
  /// act may go on, the answer and the metrics say so.
  bool act(const AuditRecord& record);
  /// `network`: what the client's address is counted as (site_of()).
  void sign_in(AuditRecord record, bool succeeded, std::string network);
  /// Of a session when the record names who it is (`actor`), of nobody's otherwise.
  void refusal(AuditRecord record, std::string network);

  /// Once a second: says what was not written, follows files that were moved, syncs. Blocks.
  void sweep();
  /// What AuditOptions said at first; from the next line on.
  void set_limits(std::uint64_t max_bytes, unsigned keep, AuditRates rates);
  /// Waits for queued lines.
  void flush();
  /// Lines of the class that were not written, over a budget or because the queue was full.
  [[nodiscard]] std::uint64_t not_written(AuditClass which) const noexcept;
  /// Lines that the disk did not take.
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
