#include "config/config_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <thread>
#include <tuple>

#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

/// What tells one state of a file from another. All zero: absent.
using Stamp = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;
using Stamps = std::map<std::string, Stamp, std::less<>>;

Stamp stamp_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {status.st_dev, status.st_ino, status.st_size,
          status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

Stamps stamps_of(const std::filesystem::path& dir) {
  Stamps stamps;
  for (const ConfigFileSpec& file : kConfigFiles) {
    stamps[std::string(file.name)] = stamp_of(dir / file.name);
  }
  return stamps;
}

/// 0 and the text, or errno. Never reads more than one byte over the limit.
int read_file(const std::filesystem::path& path, std::string& text) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno;
  struct stat status {};
  int failure = 0;
  if (::fstat(fd, &status) != 0) {
    failure = errno;
  } else if (!S_ISREG(status.st_mode)) {
    failure = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  }
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

}  // namespace

std::optional<ConfigTexts> read_config_files(const std::filesystem::path& dir,
                                             std::vector<ConfigProblem>& problems,
                                             const std::function<void()>& between) {
  constexpr int kAttempts = 5;
  constexpr std::chrono::milliseconds kPause{20};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kPause);
    const Stamps before = stamps_of(dir);
    ConfigTexts texts;
    std::vector<ConfigProblem> found;
    for (const ConfigFileSpec& file : kConfigFiles) {
      std::string text;
      const int failure = read_file(dir / file.name, text);
      const std::string name(file.name);
      if (failure == 0) {
        texts[name] = std::move(text);
      } else if (failure != ENOENT || file.required) {
        found.push_back({Severity::kError,
                         Code::kConfigFileMissing,
                         {name},
                         "",
                         "cannot be read: " + std::generic_category().message(failure)});
      }
    }
    if (between) between();
    if (stamps_of(dir) != before) continue;
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
