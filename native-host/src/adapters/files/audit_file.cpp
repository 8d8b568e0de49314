#include "adapters/files/audit_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "adapters/files/folder_sync.hpp"

namespace portcullis::bff {

namespace {

/// A partial last line, left by a crash or a full disk. (Something other than a file, such as a
/// device, has no last byte.)
bool ends_within_a_line(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  in.seekg(-1, std::ios::end);
  const int last = in.get();
  return in.good() && last != '\n';
}

std::filesystem::path beside(const std::filesystem::path& file, std::string_view what) {
  std::filesystem::path name = file.stem();
  name += what;
  name += file.extension();
  return file.parent_path() / name;
}

}  // namespace

AuditFile::AuditFile(std::filesystem::path file, std::uint64_t max_bytes, unsigned keep)
    : file_(std::move(file)), max_bytes_(max_bytes), keep_(keep) {}

AuditFile::~AuditFile() {
  if (fd_ >= 0) ::close(fd_);
}

bool AuditFile::open() {
  const std::lock_guard lock(mutex_);
  return reopen();
}

bool AuditFile::reopen() {
  const int fd =
      ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return false;
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
  struct stat status = {};
  if (::fstat(fd_, &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  torn_ = size_ > 0 && ends_within_a_line(file_);
  dirty_ = false;
  unnamed_ = true;
  return true;
}

void AuditFile::follow_rename() {
  struct stat status = {};
  const bool there = ::stat(file_.c_str(), &status) == 0;
  if (there && status.st_dev == device_ && status.st_ino == inode_) {
    size_ = static_cast<std::uint64_t>(status.st_size);  // smaller after copytruncate
    if (size_ == 0) torn_ = false;
    return;
  }
  if (dirty_) (void)::fdatasync(fd_);
  (void)reopen();
}

void AuditFile::rotate() {
  const auto numbered = [this](unsigned n) {
    std::filesystem::path path = file_;
    return path += "." + std::to_string(n);
  };
  std::error_code ignored;
  // If the disk has no room for a new file, each line would shift the old files until the last is
  // dropped. An oversized file is better than no log.
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
  // If the first rename failed, the second must not replace the current log.
  if (!std::filesystem::exists(file_, ignored)) std::filesystem::rename(next, file_, ignored);
  std::filesystem::remove(next, ignored);
  if (dirty_) (void)::fdatasync(fd_);
  (void)reopen();
}

bool AuditFile::append(std::string_view line) {
  const std::size_t whole = line.size();
  // One write() with O_APPEND per line: lines never mix, and a crash truncates at most the last
  // one.
  while (!line.empty()) {
    const ssize_t written = ::write(fd_, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      failures_.fetch_add(1);
      // A disk that fills up mid-line leaves a partial line; the next line ends it.
      torn_ = torn_ || line.size() != whole;
      return false;
    }
    size_ += static_cast<std::uint64_t>(written);
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  torn_ = false;
  dirty_ = true;
  return true;
}

bool AuditFile::write(std::string line, bool sync) {
  line.push_back('\n');
  const std::lock_guard lock(mutex_);
  follow_rename();
  if (size_ > 0 && size_ + line.size() > max_bytes_) rotate();
  if (torn_) line.insert(line.begin(), '\n');
  if (!append(line)) return false;
  if (!sync || this->sync()) return true;
  failures_.fetch_add(1);
  return false;
}

bool AuditFile::sync() {
  if (::fdatasync(fd_) != 0) return false;
  if (unnamed_ && !sync_folder(file_).empty()) return false;
  unnamed_ = false;
  dirty_ = false;
  return true;
}

void AuditFile::maintain() {
  const std::lock_guard lock(mutex_);
  follow_rename();
  if (dirty_) (void)sync();
}

void AuditFile::set_retention(std::uint64_t max_bytes, unsigned keep) {
  const std::lock_guard lock(mutex_);
  max_bytes_ = max_bytes;
  // A lower limit does not delete existing files.
  keep_ = keep;
}

std::variant<AuditSinks, std::string> open_audit_files(const std::filesystem::path& file,
                                                       const AuditOptions& options) {
  const std::array<std::filesystem::path, kAuditClasses> paths{
      file, beside(file, "-sign-ins"), beside(file, "-failed-sign-ins"), beside(file, "-refusals"),
      beside(file, "-anonymous")};
  AuditSinks sinks;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    auto opened = std::make_unique<AuditFile>(paths[i], options.max_bytes, options.keep);
    if (!opened->open()) {
      return "cannot open the audit log " + paths[i].string() + ": " + std::strerror(errno);
    }
    sinks[i] = std::move(opened);
  }
  return sinks;
}

}  // namespace portcullis::bff
