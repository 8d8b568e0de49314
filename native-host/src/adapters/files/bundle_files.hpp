// Plugin bundles on disk: opened beneath one folder only, read once, hashed, and served as the
// very bytes that were hashed.
//
// What it promises:
//   - A file is opened beneath the root with openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS), so
//     that the kernel refuses "..", absolute links and links that lead out, without a race between
//     check and use. Links that stay inside are fine (a roll-out may flip one). Where the kernel
//     has no openat2, the file is opened and the place of the open descriptor is checked.
//   - The descriptor is read into memory; hash, ETag and body come from this copy. What happens to
//     the file later cannot change a response that is under way.
//   - A cached copy is used only while device, inode, size, mtime and ctime are what they were when
//     it was read, and only if the file had already been at rest then (its ctime lay before the
//     clock tick in which it was opened), so that a write in the same tick is not missed.
//   - The file is looked at again kRecheck after it was last, not for each request: what changes on
//     disk is noticed that much later, and until then the bytes are still those that were hashed.
//   - Compressed forms are made once per content, when first asked for, and shared by all plugins
//     and snapshots with that content.
//
// What it does not do: it has no notion of plugins, tenants or promises; see plugin.hpp for "these
// bytes are what the manifest said".
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "domain/bundle_source.hpp"

namespace portcullis::bff {

class BundleFiles final : public BundleSource {
 public:
  /// The open root folder; kept alive by every load that uses it.
  class Root;
  using RootHandle = std::shared_ptr<const Root>;

  static constexpr std::chrono::milliseconds kRecheck{100};

  /// `recheck` 0: looked at each time.
  explicit BundleFiles(std::filesystem::path root,
                       std::chrono::milliseconds recheck = std::chrono::milliseconds(0));

  /// The file at `relative` (no leading '/') beneath the root, as it is on disk now, or was at most
  /// `recheck` ago.
  /// kBundleNotFound: no such regular file, or it cannot be read. kBundleOutsideRoot: it resolves
  /// to a place outside. kBodyTooLarge: larger than MAX_BUNDLE_BYTES. Thread-safe.
  BundleResult load(const std::string& relative) override;

  /// Opens the root anew, for a roll-out that replaced the whole folder. Called by each load of the
  /// configuration; until then the folder that the snapshot was made from is served. Gives back
  /// the root that was open before, for restore_root() when the load fails.
  RootHandle reopen_root();
  void restore_root(RootHandle before);

  /// Drops cached files that no configuration names any more.
  void keep_only(const std::set<std::string>& relatives);

  /// For tests: behaves as on a kernel without openat2.
  void use_fallback_open(bool on) noexcept { fallback_ = on; }

  const std::filesystem::path& root() const noexcept { return root_; }

 private:
  struct FileIdentity {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t mtime_ns = 0, ctime_ns = 0;
    bool operator==(const FileIdentity&) const = default;
  };
  struct Entry {
    FileIdentity identity;
    bool at_rest = false;
    std::chrono::steady_clock::time_point looked_at{};
    std::shared_ptr<const Content> bundle;
  };

  RootHandle root_handle();
  void look_anew();  // mutex_ held
  int open_beneath(int root, const std::string& relative, Code& why);
  static int open_checked(int root, const std::string& relative, Code& why);
  std::shared_ptr<const Content> intern(std::string bytes);
  static bool identity_of(int fd, FileIdentity& identity, Code& why);

  std::filesystem::path root_;
  const std::chrono::milliseconds recheck_;
  std::mutex mutex_;
  RootHandle handle_;  ///< null: the folder could not be opened yet
  std::atomic<bool> fallback_{false};
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::weak_ptr<const Content>, std::less<>> contents_;  ///< by hash
};

}  // namespace portcullis::bff
