#include "adapters/files/bundle_files.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <optional>
#include <utility>

#include "base/coarse_clock.hpp"
#include "base/descriptor.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kNanoseconds + time.tv_nsec;
}

/// The clock of the kernel's file times, so that the two are comparable.
std::int64_t file_clock_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return nanoseconds(now);
}

/// The path of an open descriptor, without links. Empty if the kernel does not report it.
std::string path_of(int fd) {
  std::string path(PATH_MAX, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size()) return {};
  path.resize(static_cast<std::size_t>(length));
  return path;
}

std::optional<std::string> read_all(int fd, std::size_t size_hint) {
  std::string bytes(size_hint + 1, '\0');  // one more, to detect growth
  std::size_t filled = 0;
  while (filled <= limits::kMaxBundleBytes) {
    if (filled == bytes.size()) bytes.resize(bytes.size() * 2);
    const ssize_t got = ::read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace

/// The root's descriptor, kept open by loads that use it.
class BundleFiles::Root : public Descriptor {
 public:
  using Descriptor::Descriptor;
};

BundleFiles::BundleFiles(std::filesystem::path root, std::chrono::milliseconds recheck)
    : root_(std::move(root)), recheck_(recheck) {}

BundleFiles::RootHandle BundleFiles::reopen_root() {
  RootHandle handle =
      std::make_shared<const Root>(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (handle->get() < 0) handle = nullptr;
  const std::lock_guard lock(mutex_);
  handle_.swap(handle);
  look_anew();
  return handle;
}

void BundleFiles::restore_root(RootHandle before) {
  const std::lock_guard lock(mutex_);
  handle_ = std::move(before);
  look_anew();
}

void BundleFiles::look_anew() {
  for (auto& [relative, entry] : entries_) entry.looked_at = {};
}

// Retried until it exists: a volume may be mounted after the start.
BundleFiles::RootHandle BundleFiles::root_handle() {
  {
    const std::lock_guard lock(mutex_);
    if (handle_) return handle_;
  }
  reopen_root();
  const std::lock_guard lock(mutex_);
  return handle_;
}

void BundleFiles::keep_only(const std::set<std::string>& relatives) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return !relatives.contains(entry.first); });
  std::erase_if(contents_, [](const auto& content) { return content.second.expired(); });
}

int BundleFiles::open_beneath(int root, const std::string& relative, Code& why) {
  why = Code::kBundleNotFound;
  // O_NONBLOCK: a FIFO in the folder must not block a thread; anything but a regular file is
  // rejected right after.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (!fallback_) {
    open_how how{};
    how.flags = kFlags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < 8; ++attempt) {
      const long fd = ::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof(how));
      if (fd >= 0) return static_cast<int>(fd);
      // EAGAIN: a concurrent rename raced with a ".." of a link; the kernel asks to retry.
      if (errno != EAGAIN) break;
    }
    if (errno == EXDEV || errno == ELOOP) {
      why = Code::kBundleOutsideRoot;
      return -1;
    }
    if (errno != ENOSYS && errno != EPERM) return -1;  // old containers' seccomp returns EPERM
    fallback_ = true;
  }
  return open_checked(root, relative, why);
}

// Opens first and checks the open file's path: no second look-up that could differ.
int BundleFiles::open_checked(int root, const std::string& relative, Code& why) {
  why = Code::kBundleNotFound;
  const int fd = ::openat(root, relative.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    if (errno == ELOOP) why = Code::kBundleOutsideRoot;
    return -1;
  }
  const std::string top = path_of(root);
  const std::string place = path_of(fd);
  const bool inside = !top.empty() && place.size() > top.size() &&
                      place.compare(0, top.size(), top) == 0 &&
                      (top == "/" || place[top.size()] == '/');
  if (inside) return fd;
  ::close(fd);
  why = Code::kBundleOutsideRoot;
  return -1;
}

bool BundleFiles::identity_of(int fd, FileIdentity& identity, Code& why) {
  struct stat status = {};
  why = Code::kBundleNotFound;
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  identity = {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
              static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
              nanoseconds(status.st_ctim)};
  if (identity.size > limits::kMaxBundleBytes) {
    why = Code::kBodyTooLarge;
    return false;
  }
  return true;
}

std::shared_ptr<const Content> BundleFiles::intern(std::string bytes) {
  auto bundle = std::make_shared<const Content>(std::move(bytes));
  const std::lock_guard lock(mutex_);
  auto& known = contents_[bundle->sha256_hex()];
  if (auto same = known.lock()) return same;
  known = bundle;
  if (contents_.size() > 2 * entries_.size() + 64) {
    std::erase_if(contents_, [](const auto& content) { return content.second.expired(); });
  }
  return bundle;
}

BundleResult BundleFiles::load(const std::string& relative) {
  // RESOLVE_BENEATH rejects "/x" and ".."; checked here too, so that the result does not depend on
  // the kernel. A NUL would truncate the name.
  if (relative.empty() || relative.find('\0') != std::string::npos) return {};
  if (relative.front() == '/') return {Code::kBundleOutsideRoot, nullptr};
  const auto now = coarse_now();
  if (recheck_.count() > 0) {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(relative);
    if (known != entries_.end() && known->second.at_rest &&
        now - known->second.looked_at < recheck_) {
      return {Code::kAllowed, known->second.bundle};
    }
  }
  const RootHandle root = root_handle();
  if (!root) return {};
  constexpr int kAttempts = 4;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::int64_t opened_at = file_clock_now();
    Code why = Code::kBundleNotFound;
    const Descriptor file(open_beneath(root->get(), relative, why));
    if (file.get() < 0) return {why, nullptr};
    FileIdentity identity;
    if (!identity_of(file.get(), identity, why)) return {why, nullptr};
    {
      const std::lock_guard lock(mutex_);
      const auto known = entries_.find(relative);
      if (known != entries_.end() && known->second.at_rest && known->second.identity == identity) {
        known->second.looked_at = now;
        return {Code::kAllowed, known->second.bundle};
      }
    }
    std::optional<std::string> bytes = read_all(file.get(), identity.size);
    if (!bytes) return {};
    if (bytes->size() > limits::kMaxBundleBytes) return {Code::kBodyTooLarge, nullptr};
    FileIdentity after;
    if (!identity_of(file.get(), after, why)) return {why, nullptr};
    // Modified while it was read: the bytes may be a mixture. Retry; if it never settles, the hash
    // decides.
    if (after != identity && attempt + 1 < kAttempts) continue;
    auto bundle = intern(*std::move(bytes));
    const std::lock_guard lock(mutex_);
    entries_[relative] = {identity, after == identity && identity.ctime_ns < opened_at, now,
                          bundle};
    return {Code::kAllowed, std::move(bundle)};
  }
  return {};
}

}  // namespace portcullis::bff
