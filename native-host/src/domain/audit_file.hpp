// One file of the audit log: one line after the other, only ever appended to, mode 0600.
//
// Rotation: at `max_bytes` the file becomes NAME.1, older ones shift up to `keep`. Without room for
// a new file nothing is shifted, and the old one goes on.
//
// A file that was renamed or removed by somebody else (logrotate, with `create` or without) is
// noticed before the next line and by look(), and a new one is opened; one that was truncated
// (copytruncate) goes on at its start. Where no new file can be opened, the old one goes on.
//
// Safe from any thread. Blocks on the disk. A line costs a stat() and a write().
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

namespace portcullis::bff {

class AuditFile {
 public:
  AuditFile(std::filesystem::path file, std::uint64_t max_bytes, unsigned keep);
  ~AuditFile();
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  /// Opens or creates it. False: errno says why.
  [[nodiscard]] bool open();
  /// `line` has no line break. `sync`: it is on the disk when this returns. False: the disk
  /// refused; counted.
  bool write(std::string line, bool sync);
  /// Opens anew what was renamed away, and brings to the disk what was written without sync.
  void look();
  /// From the next line on. Files beyond a smaller number stay.
  void set_rotation(std::uint64_t max_bytes, unsigned keep);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_; }
  /// Lines that the disk did not take.
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_.load(); }

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

}  // namespace portcullis::bff
