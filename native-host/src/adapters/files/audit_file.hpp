// One file of the audit log: one line after the other, only ever appended to, mode 0600.
//
// Rotation: at `max_bytes` the file becomes NAME.1, older ones shift up to `keep`. Without room for
// a new file nothing is shifted, and the old one goes on.
//
// A file that was renamed or removed by somebody else (logrotate, with `create` or without) is
// noticed before the next line and by maintain(), and a new one is opened; one that was truncated
// (copytruncate) goes on at its start. Where no new file can be opened, the old one goes on.
//
// Safe from any thread. Blocks on the disk. A line costs a stat() and a write().
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <variant>

#include "domain/audit_log.hpp"

namespace portcullis::bff {

class AuditFile final : public AuditSink {
 public:
  AuditFile(std::filesystem::path file, std::uint64_t max_bytes, unsigned keep);
  ~AuditFile() override;

  /// Opens or creates it. False: errno says why.
  [[nodiscard]] bool open();
  bool write(std::string line, bool sync) override;
  /// Also opens anew a file that was renamed away.
  void maintain() override;
  /// Files beyond a smaller number stay.
  void set_retention(std::uint64_t max_bytes, unsigned keep) override;
  [[nodiscard]] std::uint64_t failures() const noexcept override { return failures_.load(); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_; }

 private:
  bool reopen();  // mutex_ held, as for the rest
  void follow_rename();
  void rotate();
  bool append(std::string_view line);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::uint64_t max_bytes_;
  unsigned keep_;
  int fd_ = -1;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::uint64_t size_ = 0;
  bool torn_ = false;   // the file ends within a line
  bool dirty_ = false;  // written, not synced
  std::atomic<std::uint64_t> failures_{0};
};

/// Opens the files of every class: `file` for the operators', the others beside it
/// (audit-sign-ins.log, ...). The error is one sentence.
[[nodiscard]] std::variant<AuditSinks, std::string> open_audit_files(
    const std::filesystem::path& file, const AuditOptions& options);

}  // namespace portcullis::bff
