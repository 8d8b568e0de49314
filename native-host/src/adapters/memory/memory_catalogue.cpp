#include "adapters/memory/memory_catalogue.hpp"

#include <utility>

namespace portcullis::bff {

// A mutex instead of std::atomic<std::shared_ptr>: libstdc++ 12 implements that with a lock bit
// ThreadSanitizer cannot follow. Requests read the serving state instead (api/serving_state.hpp).
std::shared_ptr<const Snapshot> MemoryCatalogue::get() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void MemoryCatalogue::swap_in(std::shared_ptr<const Snapshot> next) {
  const std::uint64_t generation = next->generation;
  {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
    // Inside the lock: a reader that sees the new number gets the new snapshot.
    generation_.store(generation, std::memory_order_release);
  }
  // `next` holds the old snapshot, which is freed outside the lock if this was its last holder.
}

Catalogue::Reload MemoryCatalogue::reload() {
  const std::lock_guard one_at_a_time(reload_mutex_);
  Reload result;
  result.before = get();
  std::shared_ptr<const Snapshot> next = read(generation() + 1, result.problems);
  result.ok = next && !has_errors(result.problems);
  if (result.ok && check_) {
    check_(next->settings, result.problems);
    result.ok = !has_errors(result.problems);
  }
  if (result.ok) swap_in(std::move(next));
  result.after = get();
  return result;
}

void MemoryCatalogue::offer(Snapshot snapshot) {
  const std::lock_guard lock(reload_mutex_);
  offered_ = std::move(snapshot);
}

std::shared_ptr<const Snapshot> MemoryCatalogue::read(std::uint64_t generation,
                                                      std::vector<ConfigProblem>& problems) {
  if (!offered_) {
    ConfigProblem problem;
    problem.severity = Severity::kError;
    problem.code = Code::kConfigFileMissing;
    problem.message = "there is no snapshot to serve";
    problems.push_back(std::move(problem));
    return nullptr;
  }
  Snapshot snapshot = *std::move(offered_);
  offered_.reset();
  snapshot.generation = generation;
  return std::make_shared<const Snapshot>(std::move(snapshot));
}

}  // namespace portcullis::bff
