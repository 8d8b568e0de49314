// Port: the destination of one class of the audit log (adapters/files/audit_file.hpp).
//
// Contract of every sink (native-host/tests/adapters/audit_sink_contract_test.cpp):
//   order        lines are kept whole, in the order of write(), each followed by a line break.
//   durability   a line written with `sync` survives a crash right after write() returned true.
//   failure      write() returns false and counts the line; later lines may succeed. Earlier lines
//                are removed by the retention only.
//   blocking     write() and maintain() block: call them off the I/O threads.
// Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace portcullis::bff {

/// A destination of lines.
class AuditSink {
 public:
  AuditSink() = default;
  virtual ~AuditSink() = default;
  AuditSink(const AuditSink&) = delete;
  AuditSink& operator=(const AuditSink&) = delete;

  /// Writes a line, given without line break. Returns false if it was not kept.
  virtual bool write(std::string line, bool sync) = 0;
  /// Once a second: makes lines written without `sync` durable.
  virtual void maintain() = 0;
  /// Sets the retention, starting with the next line: `keep` full parts of `max_bytes` bytes
  /// besides the current one.
  virtual void set_retention(std::uint64_t max_bytes, unsigned keep) = 0;
  /// Lines that were not kept, since the start.
  [[nodiscard]] virtual std::uint64_t failures() const noexcept = 0;
};

}  // namespace portcullis::bff
