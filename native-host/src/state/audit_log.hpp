// Who did what, and who was turned away: `audit.log` in the state folder, one JSON object per line,
// only ever appended to, mode 0600.
//
// act() is for what an operator does and for log-ins: written and fsynced before it returns; false
// when the disk refused (the act may go on; the answer and the metrics say so). denial() is for
// requests that were refused for a security reason: queued, written by a thread of its own, bounded
// to `denials_per_second`; what is over the bound is counted, and the count is written with the
// next line that is. A flood of denials can therefore neither slow requests nor fill the disk
// quickly.
//
// Texts that came from outside are JSON strings: control characters cannot forge a line. Invalid
// UTF-8 is replaced. Secrets (cookies, tokens, request bodies) have no field here.
//
// Rotation: at `max_bytes` the file becomes audit.log.1, older ones shift up to `keep`. Without
// room for a new file nothing is shifted, and the old one goes on.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "state/bounded_worker.hpp"
#include "state/clock.hpp"

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
};

/// One line without line break; empty fields are left out.
[[nodiscard]] std::string to_json_line(const AuditRecord& record, WallTime at);

struct AuditOptions {
  std::uint64_t max_bytes = 64ULL * 1024 * 1024;
  unsigned keep = 5;
  unsigned denials_per_second = 200;
  std::size_t queue = 4096;
};

class AuditLog {
 public:
  /// Opens or creates `file`; the error is one sentence.
  [[nodiscard]] static std::variant<std::unique_ptr<AuditLog>, std::string> open(
      std::filesystem::path file, const Clock& clock, AuditOptions options = {});
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Blocks on the disk: call it through offload().
  bool act(const AuditRecord& record);
  void denial(AuditRecord record);
  /// What AuditOptions said at first; from the next line on.
  void set_rotation(std::uint64_t max_bytes, unsigned keep);
  /// Waits for queued denials.
  void flush() { worker_->flush(); }
  /// Denials that were not written, over the bound or because the queue was full.
  [[nodiscard]] std::uint64_t suppressed() const noexcept { return suppressed_.load(); }
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_.load(); }

 private:
  struct Item {
    AuditRecord record;
    WallTime at;
  };
  AuditLog(std::filesystem::path file, const Clock& clock, AuditOptions options);
  bool write_line(std::string line, bool sync);
  bool reopen();
  void rotate();
  void consume(Item& item);

  const std::filesystem::path file_;
  const Clock& clock_;
  const AuditOptions options_;
  std::mutex mutex_;
  std::uint64_t max_bytes_;
  unsigned keep_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  bool torn_ = false;  // the file ends within a line
  std::mutex budget_mutex_;
  SteadyTime budget_start_{};
  unsigned budget_used_ = 0;
  std::uint64_t unreported_ = 0;
  std::atomic<std::uint64_t> suppressed_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::unique_ptr<BoundedWorker<Item>> worker_;
};

}  // namespace portcullis::bff
