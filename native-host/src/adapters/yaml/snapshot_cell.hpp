// Holds the snapshot that is served, and swaps it as a whole.
//
// Order of calls: construct, reload() once before serving (an error there means: do not start),
// then get() from any thread and reload() from any thread at any time. A reload that fails changes
// nothing. Old snapshots live until the last request that holds one ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "adapters/yaml/loader.hpp"
#include "domain/config.hpp"

namespace portcullis::bff {

class SnapshotCell {
 public:
  explicit SnapshotCell(LoadOptions options);

  /// The current snapshot; null before the first successful reload. Takes a mutex for the time of
  /// a pointer copy. A loop that asks per request can use SnapshotReader instead.
  std::shared_ptr<const Snapshot> get() const;

  /// 0 before the first; then the generation of what get() returns. One atomic load.
  std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }

  struct Reload {
    bool ok = false;
    std::shared_ptr<const Snapshot> before;  ///< what was served until now; null at first
    std::shared_ptr<const Snapshot> after;   ///< what is served from now on; null when !ok at first
    std::vector<ConfigProblem> problems;     ///< errors when !ok, else warnings only
  };

  /// What whoever serves holds against the settings besides; an error refuses the load. Set before
  /// the first reload.
  using Check = std::function<void(const Settings&, std::vector<ConfigProblem>&)>;
  void also_check(Check check) { check_ = std::move(check); }

  /// Loads and swaps. Reloads are done one after the other. Reads files: blocks.
  Reload reload();

  /// Swaps in a snapshot that was built otherwise (tests). Returns its generation.
  std::uint64_t install(Snapshot snapshot);

 private:
  void swap_in(std::shared_ptr<const Snapshot> next);

  LoadOptions options_;
  Check check_;
  std::mutex reload_mutex_;   ///< held over a whole reload
  mutable std::mutex mutex_;  ///< guards current_
  std::shared_ptr<const Snapshot> current_;
  std::atomic<std::uint64_t> generation_{0};
};

/// One thread's cached view of a cell: no lock and no reference-count traffic between cores while
/// nothing changes. Not thread-safe; one per thread or io_context. Keeps an old snapshot alive
/// until it is asked again.
class SnapshotReader {
 public:
  explicit SnapshotReader(const SnapshotCell& cell) : cell_(&cell) {}

  const std::shared_ptr<const Snapshot>& get() {
    const std::uint64_t now = cell_->generation();
    if (now != seen_) {
      cached_ = cell_->get();
      seen_ = cached_ ? cached_->generation : 0;
    }
    return cached_;
  }

 private:
  const SnapshotCell* cell_;
  std::uint64_t seen_ = 0;
  std::shared_ptr<const Snapshot> cached_;
};

}  // namespace portcullis::bff
