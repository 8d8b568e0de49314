#include "config/config_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <system_error>
#include <thread>

#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

/// What tells one state of a file from another. All zero: absent.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  bool operator==(const Stamp&) const = default;
};
using Stamps = std::array<Stamp, kConfigFiles.size()>;

constexpr std::int64_t kNanoseconds = 1'000'000'000;
/// Two changes within one tick of the file system's clock (10 ms at most) have one time.
constexpr std::int64_t kRest = 20'000'000;

Stamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size,
          status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

class Folder {
 public:
  /// The folder itself is opened once: a link that is switched to another version meanwhile does
  /// not mix the two.
  explicit Folder(const std::filesystem::path& dir)
      : fd_(::open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), failure_(fd_ < 0 ? errno : 0) {}
  ~Folder() {
    if (fd_ >= 0) ::close(fd_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] Stamps stamps() const {
    Stamps out;
    for (std::size_t i = 0; i < kConfigFiles.size(); ++i) {
      struct stat status {};
      const std::string name(kConfigFiles[i].name);
      if (::fstatat(fd_, name.c_str(), &status, 0) == 0) out[i] = stamp_of(status);
    }
    return out;
  }

  /// 0 and the text, or errno. `stamp` is that of the very file that was read, as it was before.
  /// Never reads more than one byte over the limit.
  int read(const std::string& name, std::string& text, Stamp& stamp) const {
    if (failure_ != 0) return failure_;
    const int fd = ::openat(fd_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno;
    struct stat status {};
    int failure = 0;
    if (::fstat(fd, &status) != 0) {
      failure = errno;
    } else if (!S_ISREG(status.st_mode)) {
      failure = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    }
    stamp = stamp_of(status);
    text.clear();
    char block[65536];
    while (failure == 0 && text.size() <= limits::kMaxConfigFileBytes) {
      const ssize_t got = ::read(fd, block, sizeof(block));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) failure = errno;
      if (got <= 0) break;
      text.append(block, static_cast<std::size_t>(got));
    }
    ::close(fd);
    return failure;
  }

 private:
  int fd_;
  int failure_;
};

/// Nothing changed just now. What changed within the last tick may change again without another
/// time to show it, and whoever replaces several files is likely not done.
bool at_rest(const Stamps& stamps) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t at = now.tv_sec * kNanoseconds + now.tv_nsec;
  return std::none_of(stamps.begin(), stamps.end(), [&](const Stamp& stamp) {
    // A time to come is a clock that was set back, and no news.
    return stamp.changed <= at && at - stamp.changed < kRest;
  });
}

}  // namespace

std::optional<ConfigTexts> read_config_files(const std::filesystem::path& dir,
                                             std::vector<ConfigProblem>& problems,
                                             const std::function<void()>& between) {
  constexpr int kAttempts = 40;
  constexpr std::chrono::milliseconds kPause{25};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kPause);
    const Folder folder(dir);
    const Stamps before = folder.stamps();
    if (!at_rest(before)) continue;
    ConfigTexts texts;
    std::vector<ConfigProblem> found;
    Stamps read{};
    for (std::size_t i = 0; i < kConfigFiles.size(); ++i) {
      const ConfigFileSpec& file = kConfigFiles[i];
      const std::string name(file.name);
      std::string text;
      const int failure = folder.read(name, text, read[i]);
      if (failure == 0) {
        texts[name] = std::move(text);
      } else if (failure != ENOENT || file.required) {
        found.push_back({Severity::kError,
                         Code::kConfigFileMissing,
                         {name},
                         "",
                         "cannot be read: " + std::generic_category().message(failure)});
        read[i] = before[i];  // may not even be opened; the comparison around it still holds
      }
    }
    if (between) between();
    // What was read is what stood there before, and what stands there now: there, back again and
    // read in between would pass a comparison of names alone.
    if (read != before || folder.stamps() != before) continue;
    const bool complete = found.empty();
    problems.insert(problems.end(), found.begin(), found.end());
    if (!complete) return std::nullopt;
    return texts;
  }
  problems.push_back({Severity::kError,
                      Code::kConfigFileBusy,
                      {"."},
                      "",
                      "the files kept changing while they were read; replace each by renaming a "
                      "complete one over it"});
  return std::nullopt;
}

}  // namespace portcullis::bff
