// The port to which one class of the audit log is written (adapters/files/audit_file.hpp).
//
// Contract of every sink (native-host/tests/adapters/audit_sink_contract_test.cpp):
//   order        lines are kept in the order in which write() was called, whole, each followed by a
//                line break.
//   durability   a line written with `sync` survives a crash right after write() returned true.
//   failure      write() returns false and counts it; the caller goes on, and later lines may
//                succeed. It never loses earlier lines to make room, except by the retention.
//   blocking     write() and maintain() block: call them off the I/O threads.
// Safe from any thread.
#pragma once

#include <cstdint>
#include <string>

namespace portcullis::bff {

class AuditSink {
 public:
  AuditSink() = default;
  virtual ~AuditSink() = default;
  AuditSink(const AuditSink&) = delete;
  AuditSink& operator=(const AuditSink&) = delete;

  /// `line` has no line break. False: it was not kept.
  virtual bool write(std::string line, bool sync) = 0;
  /// Once a second: makes durable what was written without `sync`.
  virtual void maintain() = 0;
  /// How much is kept, from the next line on: `keep` full parts of `max_bytes` beside the running
  /// one.
  virtual void set_retention(std::uint64_t max_bytes, unsigned keep) = 0;
  /// Lines that were not kept, since the start.
  [[nodiscard]] virtual std::uint64_t failures() const noexcept = 0;
};

}  // namespace portcullis::bff
