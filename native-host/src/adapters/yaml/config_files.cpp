#include "adapters/yaml/config_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

/// Distinguishes states of a file or link. All zero: missing.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  bool operator==(const Stamp&) const = default;
};
/// A file and each link on the way to it from the folder, in order.
struct Trail {
  Stamp file;
  std::vector<Stamp> links;
  bool operator==(const Trail&) const = default;
};
using Trails = std::array<Trail, kConfigFiles.size()>;

constexpr std::int64_t kNanoseconds = 1'000'000'000;
/// Two changes within one tick of the file system's clock (at most 10 ms) have the same time.
constexpr std::int64_t kRest = 20'000'000;

Stamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size,
          status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

/// The links on the way from `dir` to `name`, as the kernel follows them. A switched link has a
/// different stamp even if it is switched back. Empty if the path leads nowhere.
std::vector<Stamp> links_to(int dir, const std::string& name) {
  constexpr std::size_t kMaxLinks = 40;  // the kernel's limit
  std::vector<Stamp> links;
  Descriptor at(::openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::filesystem::path rest = name;
  while (at.get() >= 0 && !rest.empty()) {
    const std::filesystem::path part = *rest.begin();
    std::filesystem::path after;
    for (auto it = std::next(rest.begin()); it != rest.end(); ++it) after /= *it;
    struct stat status = {};
    if (::fstatat(at.get(), part.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (S_ISLNK(status.st_mode)) {
      links.push_back(stamp_of(status));
      char target[PATH_MAX];
      const ssize_t length = ::readlinkat(at.get(), part.c_str(), target, sizeof(target));
      if (length <= 0 || links.size() > kMaxLinks) return {};
      rest = std::string(target, static_cast<std::size_t>(length));
      if (!after.empty()) rest /= after;
      continue;
    }
    if (after.empty()) break;
    at =
        Descriptor(::openat(at.get(), part.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    rest = after;
  }
  return links;
}

class Folder {
 public:
  /// The folder is opened once, so that a link switched meanwhile does not mix two versions.
  explicit Folder(const std::filesystem::path& dir)
      : fd_(::open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
        failure_(fd_.get() < 0 ? errno : 0) {}

  [[nodiscard]] Trails trails() const {
    Trails out;
    for (std::size_t i = 0; i < kConfigFiles.size(); ++i) {
      struct stat status = {};
      const std::string name(kConfigFiles[i].name);
      out[i].links = links_to(fd_.get(), name);
      if (::fstatat(fd_.get(), name.c_str(), &status, 0) == 0) out[i].file = stamp_of(status);
    }
    return out;
  }

  /// Returns 0 and the text, or errno. `stamp` is that of the opened file, before reading. Reads at
  /// most one byte over the limit.
  int read(const std::string& name, std::string& text, Stamp& stamp) const {
    if (failure_ != 0) return failure_;
    const Descriptor file(::openat(fd_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) return errno;
    struct stat status = {};
    int failure = 0;
    if (::fstat(file.get(), &status) != 0) {
      failure = errno;
    } else if (!S_ISREG(status.st_mode)) {
      failure = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    }
    stamp = stamp_of(status);
    text.clear();
    char block[65536];
    while (failure == 0 && text.size() <= limits::kMaxConfigFileBytes) {
      const ssize_t got = ::read(file.get(), block, sizeof(block));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) failure = errno;
      if (got <= 0) break;
      text.append(block, static_cast<std::size_t>(got));
    }
    return failure;
  }

 private:
  Descriptor fd_;
  int failure_;
};

/// Whether nothing changed just now. A file changed within the last tick may change again without a
/// new time, and a writer of several files may not be done.
bool at_rest(const Trails& trails) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t at = now.tv_sec * kNanoseconds + now.tv_nsec;
  const auto fresh = [&](const Stamp& stamp) {
    // A time in the future means that the clock was set back, not a recent change.
    return stamp.changed <= at && at - stamp.changed < kRest;
  };
  return std::none_of(trails.begin(), trails.end(), [&](const Trail& trail) {
    return fresh(trail.file) || std::any_of(trail.links.begin(), trail.links.end(), fresh);
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
    const Trails before = folder.trails();
    if (!at_rest(before)) continue;
    ConfigTexts texts;
    std::vector<ConfigProblem> found;
    bool same = true;
    for (std::size_t i = 0; i < kConfigFiles.size(); ++i) {
      const ConfigFileSpec& file = kConfigFiles[i];
      const std::string name(file.name);
      std::string text;
      Stamp read;
      const int failure = folder.read(name, text, read);
      if (failure == 0 || failure == ENOENT) same = same && read == before[i].file;
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
    // The files read must equal those before and now, by the same links. A switch there and back
    // leaves other links, or ones that changed just now.
    if (!same || folder.trails() != before) continue;
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
