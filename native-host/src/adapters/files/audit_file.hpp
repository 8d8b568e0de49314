// One file of the audit log: append-only, one record per line, mode 0600.
//
// Rotation: at `max_bytes` the file becomes NAME.1, and older ones shift up to `keep`. If no new
// file can be created, nothing shifts and the current file continues.
//
// A file renamed or removed by others (logrotate, with or without `create`) is detected before the
// next line and by maintain(), and a new one is opened; a truncated one (copytruncate) continues at
// its start. If no new file can be opened, the old one continues.
//
// Thread-safe. Blocks on the disk. A line costs a stat() and a write().
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <variant>

#include "domain/audit_log.hpp"

namespace portcullis::bff {

/// An audit sink that writes to a file.
class AuditFile final : public AuditSink {
 public:
  /// Call open() before use. For the limits see set_retention().
  AuditFile(std::filesystem::path file, std::uint64_t max_bytes, unsigned keep);
  ~AuditFile() override;

  /// Opens or creates the file. Returns false with errno set.
  [[nodiscard]] bool open();
  bool write(std::string line, bool sync) override;
  /// Also reopens a file that was renamed.
  void maintain() override;
  /// Existing files beyond a smaller number are kept.
  void set_retention(std::uint64_t max_bytes, unsigned keep) override;
  [[nodiscard]] std::uint64_t failures() const noexcept override { return failures_.load(); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_; }

 private:
  bool reopen();  // requires mutex_, as do the following
  void follow_rename();
  void rotate();
  bool append(std::string_view line);
  bool sync();

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::uint64_t max_bytes_;
  unsigned keep_;
  int fd_ = -1;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::uint64_t size_ = 0;
  bool torn_ = false;     // the file ends in a partial line
  bool dirty_ = false;    // written but not synced
  bool unnamed_ = false;  // opened, and perhaps created or renamed, but the folder not synced
  std::atomic<std::uint64_t> failures_{0};
};

/// Opens the files of all classes: `file` for operators' actions, the others beside it
/// (audit-sign-ins.log, ...). Returns one sentence on failure.
[[nodiscard]] std::variant<AuditSinks, std::string> open_audit_files(
    const std::filesystem::path& file, const AuditOptions& options);

}  // namespace portcullis::bff
