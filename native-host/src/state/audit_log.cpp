#include "state/audit_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
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
  add("detail", record.detail);
  // ASCII only: what looks like a line break or a right-to-left mark to some viewer is escaped,
  // too.
  return line.dump(-1, ' ', true, Json::error_handler_t::replace);
}

namespace {

/// What a crash or a full disk left. (What is no file, a device for one, has no last byte.)
bool ends_within_a_line(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  in.seekg(-1, std::ios::end);
  const int last = in.get();
  return in.good() && last != '\n';
}

}  // namespace

AuditLog::AuditLog(std::filesystem::path file, const Clock& clock, AuditOptions options)
    : file_(std::move(file)),
      clock_(clock),
      options_(options),
      max_bytes_(options.max_bytes),
      keep_(options.keep) {}

AuditLog::~AuditLog() {
  worker_.reset();  // writes what is queued
  if (fd_ >= 0) ::close(fd_);
}

std::variant<std::unique_ptr<AuditLog>, std::string> AuditLog::open(std::filesystem::path file,
                                                                    const Clock& clock,
                                                                    AuditOptions options) {
  std::unique_ptr<AuditLog> log(new AuditLog(std::move(file), clock, options));
  if (!log->reopen()) {
    return "cannot open the audit log " + log->file_.string() + ": " + std::strerror(errno);
  }
  log->worker_ = std::make_unique<BoundedWorker<Item>>(
      options.queue, [raw = log.get()](Item& item) { raw->consume(item); });
  return log;
}

bool AuditLog::reopen() {
  const int fd =
      ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return false;
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  struct stat status {};
  size_ = ::fstat(fd_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  torn_ = size_ > 0 && ends_within_a_line(file_);
  return true;
}

void AuditLog::rotate() {
  const auto numbered = [this](unsigned n) {
    std::filesystem::path path = file_;
    return path += "." + std::to_string(n);
  };
  std::error_code ignored;
  // A disk without room for a new file: every line would shift the old ones one further, until the
  // last has fallen off. Rather a file too large than no log.
  std::filesystem::path next = file_;
  next += ".next";
  const int probe =
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (probe < 0 && errno != EEXIST) return;
  if (probe >= 0) ::close(probe);
  if (keep_ == 0) {
    std::filesystem::remove(file_, ignored);
  } else {
    std::filesystem::remove(numbered(keep_), ignored);
    for (unsigned n = keep_; n > 1; --n) {
      std::filesystem::rename(numbered(n - 1), numbered(n), ignored);
    }
    std::filesystem::rename(file_, numbered(1), ignored);
  }
  // Should the first rename have failed, the second must not replace what is still the log.
  if (!std::filesystem::exists(file_, ignored)) std::filesystem::rename(next, file_, ignored);
  std::filesystem::remove(next, ignored);
  (void)reopen();
}

bool AuditLog::write_line(std::string line, bool sync) {
  line.push_back('\n');
  const std::lock_guard lock(mutex_);
  if (size_ > 0 && size_ + line.size() > max_bytes_) rotate();
  // One write() with O_APPEND per line: lines are never mixed, and a crash cuts the last one at
  // most.
  if (torn_) line.insert(line.begin(), '\n');
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      failures_.fetch_add(1);
      // A disk that was full in the middle of a line leaves half of one; the next line ends it.
      torn_ = torn_ || rest.size() != line.size();
      return false;
    }
    size_ += static_cast<std::uint64_t>(written);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  torn_ = false;
  if (sync && ::fdatasync(fd_) != 0) {
    failures_.fetch_add(1);
    return false;
  }
  return true;
}

void AuditLog::set_rotation(std::uint64_t max_bytes, unsigned keep) {
  const std::lock_guard lock(mutex_);
  max_bytes_ = max_bytes;
  // Files beyond a smaller number stay: what was written is not thrown away by a setting.
  keep_ = keep;
}

bool AuditLog::act(const AuditRecord& record) {
  return write_line(to_json_line(record, clock_.wall()), true);
}

void AuditLog::denial(AuditRecord record) {
  std::uint64_t unreported = 0;
  {
    const std::lock_guard lock(budget_mutex_);
    const SteadyTime now = clock_.steady();
    if (now - budget_start_ >= std::chrono::seconds(1)) {
      budget_start_ = now;
      budget_used_ = 0;
    }
    if (budget_used_ >= options_.denials_per_second) {
      ++unreported_;
      suppressed_.fetch_add(1);
      return;
    }
    ++budget_used_;
    unreported = std::exchange(unreported_, 0);
  }
  if (unreported > 0) {
    if (!record.detail.empty()) record.detail += "; ";
    record.detail += std::to_string(unreported) + " denials before this one were not written";
  }
  if (!worker_->push({std::move(record), clock_.wall()})) {
    suppressed_.fetch_add(1);
    const std::lock_guard lock(budget_mutex_);
    unreported_ += unreported + 1;
  }
}

void AuditLog::consume(Item& item) { (void)write_line(to_json_line(item.record, item.at), false); }

}  // namespace portcullis::bff
