#include "domain/bundle_store.hpp"

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

/// The clock that the kernel stamps files with, so that the two can be compared.
std::int64_t file_clock_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return nanoseconds(now);
}

/// Where an open descriptor lies, without links. Empty when the kernel does not say.
std::string path_of(int fd) {
  std::string path(PATH_MAX, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size()) return {};
  path.resize(static_cast<std::size_t>(length));
  return path;
}

std::optional<std::string> read_all(int fd, std::size_t size_hint) {
  std::string bytes(size_hint + 1, '\0');  // one more, to see that the file did not grow
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

/// The root's descriptor, alive while any load still uses it.
class BundleStore::Root : public Descriptor {
 public:
  using Descriptor::Descriptor;
};

BundleStore::BundleStore(std::filesystem::path root, std::chrono::milliseconds recheck)
    : root_(std::move(root)), recheck_(recheck) {}

BundleStore::RootHandle BundleStore::reopen_root() {
  RootHandle handle =
      std::make_shared<const Root>(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (handle->get() < 0) handle = nullptr;
  const std::lock_guard lock(mutex_);
  handle_.swap(handle);
  look_anew();
  return handle;
}

void BundleStore::restore_root(RootHandle before) {
  const std::lock_guard lock(mutex_);
  handle_ = std::move(before);
  look_anew();
}

void BundleStore::look_anew() {
  for (auto& [relative, entry] : entries_) entry.looked_at = {};
}

// Tried again until it is there: a volume may be mounted after the start.
BundleStore::RootHandle BundleStore::root_handle() {
  {
    const std::lock_guard lock(mutex_);
    if (handle_) return handle_;
  }
  reopen_root();
  const std::lock_guard lock(mutex_);
  return handle_;
}

void BundleStore::keep_only(const std::set<std::string>& relatives) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return !relatives.contains(entry.first); });
  std::erase_if(contents_, [](const auto& content) { return content.second.expired(); });
}

int BundleStore::open_beneath(int root, const std::string& relative, Code& why) {
  why = Code::kBundleNotFound;
  // O_NONBLOCK: a FIFO in the folder must not hold a thread; what is not a regular file is refused
  // right after.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (!fallback_) {
    open_how how{};
    how.flags = kFlags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < 8; ++attempt) {
      const long fd = ::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof(how));
      if (fd >= 0) return static_cast<int>(fd);
      // EAGAIN: a rename elsewhere raced with a ".." of a link; the kernel asks to try again.
      if (errno != EAGAIN) break;
    }
    if (errno == EXDEV || errno == ELOOP) {
      why = Code::kBundleOutsideRoot;
      return -1;
    }
    if (errno != ENOSYS && errno != EPERM) return -1;  // seccomp answers EPERM in old containers
    fallback_ = true;
  }
  return open_checked(root, relative, why);
}

// Opens first and looks then where the open file lies: no second look-up that could differ.
int BundleStore::open_checked(int root, const std::string& relative, Code& why) {
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

bool BundleStore::identity_of(int fd, FileIdentity& identity, Code& why) {
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

std::shared_ptr<const Content> BundleStore::intern(std::string bytes) {
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

BundleResult BundleStore::load(const std::string& relative) {
  // RESOLVE_BENEATH refuses "/x" and ".."; said here too, so that the answer does not depend on
  // the kernel. A NUL would cut the name short.
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
    // Written to while it was read: these bytes may be half of the one and half of the other. Look
    // again; if it never rests, its hash decides.
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
