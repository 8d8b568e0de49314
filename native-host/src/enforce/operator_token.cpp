#include "enforce/operator_token.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace portcullis::bff {

namespace {

bool open_to_others(const struct stat& state) {
  const bool group_reads = (state.st_mode & 040U) != 0 && state.st_uid == ::geteuid();
  return (state.st_mode & 037U) != 0 || group_reads;
}

std::string sentence(const std::filesystem::path& file, unsigned mode) {
  std::array<char, 8> octal{};
  std::snprintf(octal.data(), octal.size(), "%04o", mode & 07777U);
  return "the operator token's file " + file.string() + " has mode " + octal.data() +
         ", so users other than its owner can read or change it; run chmod 600 " + file.string();
}

}  // namespace

std::string OperatorToken::problem_with(const std::filesystem::path& file) {
  struct stat state = {};
  if (file.empty() || ::stat(file.c_str(), &state) != 0) return {};
  if (!S_ISREG(state.st_mode)) {
    return "the operator token's file " + file.string() + " is not a regular file";
  }
  return open_to_others(state) ? sentence(file, state.st_mode) : std::string();
}

void OperatorToken::set_file(std::filesystem::path file) {
  const std::lock_guard lock(mutex_);
  if (file == file_) return;
  file_ = std::move(file);
  token_.clear();
  mtime_ns_ = -1;
}

void OperatorToken::read_again() {
  struct stat state = {};
  const bool there = !file_.empty() && ::stat(file_.c_str(), &state) == 0 && S_ISREG(state.st_mode);
  if (!there || open_to_others(state)) {
    if (there && !std::exchange(told_, true)) {
      log_event(LogLevel::kWarning, "operator_token", sentence(file_, state.st_mode));
    }
    token_.clear();
    mtime_ns_ = -1;
    return;
  }
  told_ = false;
  const std::int64_t mtime =
      std::int64_t{state.st_mtim.tv_sec} * 1'000'000'000 + state.st_mtim.tv_nsec;
  if (mtime == mtime_ns_ && state.st_ino == inode_ &&
      static_cast<std::uint64_t>(state.st_size) == size_) {
    return;
  }
  token_.clear();
  const int fd = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::array<char, 1024> bytes{};
  const ssize_t n = ::read(fd, bytes.data(), bytes.size());
  ::close(fd);
  if (n <= 0) return;
  token_ = without_bom({bytes.data(), static_cast<std::size_t>(n)});
  while (!token_.empty() && (token_.back() == '\n' || token_.back() == '\r')) token_.pop_back();
  mtime_ns_ = mtime;
  inode_ = state.st_ino;
  size_ = static_cast<std::uint64_t>(state.st_size);
}

bool OperatorToken::create_if_missing() {
  const std::lock_guard lock(mutex_);
  if (file_.empty()) return true;
  const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno == EEXIST;
  const std::string text = random_token() + "\n";
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written;
}

bool OperatorToken::matches(std::string_view shown) {
  const std::lock_guard lock(mutex_);
  read_again();
  return token_.size() >= kMinBytes && equal_constant_time(shown, token_);
}

}  // namespace portcullis::bff
