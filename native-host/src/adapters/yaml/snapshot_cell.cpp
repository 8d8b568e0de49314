#include "adapters/yaml/snapshot_cell.hpp"

#include <utility>

namespace portcullis::bff {

SnapshotCell::SnapshotCell(LoadOptions options) : options_(std::move(options)) {
  if (options_.plugins_dir.empty()) options_.plugins_dir = options_.config_dir / ".." / "plugins";
  if (!options_.bundles) {
    options_.bundles = std::make_shared<BundleStore>(options_.plugins_dir, BundleStore::kRecheck);
  }
}

// A mutex and not std::atomic<std::shared_ptr>: libstdc++ 12 implements that with a lock bit which
// ThreadSanitizer cannot follow. Who asks per request has SnapshotReader.
std::shared_ptr<const Snapshot> SnapshotCell::get() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void SnapshotCell::swap_in(std::shared_ptr<const Snapshot> next) {
  const std::uint64_t generation = next->generation;
  {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
    // Inside the lock: a reader that sees the new number gets the new snapshot.
    generation_.store(generation, std::memory_order_release);
  }
  // `next` is the old snapshot now; if this was its last holder, it is freed outside the lock.
}

SnapshotCell::Reload SnapshotCell::reload() {
  const std::lock_guard one_at_a_time(reload_mutex_);
  Reload result;
  result.before = get();
  LoadOptions options = options_;
  options.generation = generation() + 1;
  LoadResult loaded = load_config(options);
  result.problems = std::move(loaded.problems);
  result.ok = loaded.ok();
  if (result.ok && check_) {
    check_(loaded.snapshot->settings, result.problems);
    result.ok = !has_errors(result.problems);
  }
  if (result.ok) swap_in(std::move(loaded.snapshot));
  result.after = get();
  return result;
}

std::uint64_t SnapshotCell::install(Snapshot snapshot) {
  const std::lock_guard one_at_a_time(reload_mutex_);
  snapshot.generation = generation() + 1;
  const std::uint64_t generation = snapshot.generation;
  swap_in(std::make_shared<const Snapshot>(std::move(snapshot)));
  return generation;
}

}  // namespace portcullis::bff
