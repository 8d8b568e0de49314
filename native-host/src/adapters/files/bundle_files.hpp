// Plugin bundles on disk: opened below one folder only, read once, hashed, and served as exactly
// the hashed bytes.
//
//   - Files are opened with openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS): the kernel rejects
//     "..", absolute links and links that leave the root, without a race between check and use.
//     Links within the root are allowed (a roll-out may switch one). Without openat2, the path of
//     the open descriptor is checked.
//   - Hash, ETag and body come from one copy in memory; later changes of the file do not affect it.
//   - A cached copy is used only while device, inode, size, mtime and ctime are unchanged, and only
//     if the file's ctime was before the clock tick of the read, so that a write in the same tick
//     is detected.
//   - A file is rechecked `recheck` after the last check, so changes are detected with that delay.
//   - Compressed forms are made once per content, on first use, and shared by plugins and
//     snapshots.
//
// Plugins, tenants and declared hashes: domain/plugin.hpp. Thread-safe.
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

/// The bundles below one folder.
class BundleFiles final : public BundleSource {
 public:
  /// The open root folder; kept alive by loads that use it.
  class Root;
  using RootHandle = std::shared_ptr<const Root>;

  /// The delay that the server uses.
  static constexpr std::chrono::milliseconds kRecheck{100};

  /// `recheck` 0: checked on each load.
  explicit BundleFiles(std::filesystem::path root,
                       std::chrono::milliseconds recheck = std::chrono::milliseconds(0));

  /// Loads the file at `relative` (no leading '/') below the root, at most `recheck` old.
  /// kBundleNotFound: not a regular file, or unreadable. kBundleOutsideRoot: resolves outside the
  /// root. kBodyTooLarge: larger than limits::kMaxBundleBytes. Thread-safe.
  BundleResult load(const std::string& relative) override;

  /// Reopens the root, for roll-outs that replace the whole folder. Called by each load of the
  /// configuration; until then the snapshot's folder is served. Returns the previous root, for
  /// restore_root() if the load fails.
  RootHandle reopen_root();
  /// Reverts reopen_root().
  void restore_root(RootHandle before);

  /// Drops cached files that no configuration mentions.
  void keep_only(const std::set<std::string>& relatives);

  /// For tests: behaves like a kernel without openat2.
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
  void look_anew();  // requires mutex_
  int open_beneath(int root, const std::string& relative, Code& why);
  static int open_checked(int root, const std::string& relative, Code& why);
  std::shared_ptr<const Content> intern(std::string bytes);
  static bool identity_of(int fd, FileIdentity& identity, Code& why);

  std::filesystem::path root_;
  const std::chrono::milliseconds recheck_;
  std::mutex mutex_;
  RootHandle handle_;  ///< null if the folder could not be opened yet
  std::atomic<bool> fallback_{false};
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::weak_ptr<const Content>, std::less<>> contents_;  ///< by hash
};

}  // namespace portcullis::bff
