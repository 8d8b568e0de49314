// A catalogue in memory: holds the snapshot and replaces it as a whole. Other catalogues derive
// from it and override read(); this one serves what offer() sets, for tests. Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "domain/catalogue.hpp"

namespace portcullis::bff {

/// The in-memory catalogue.
class MemoryCatalogue : public Catalogue {
 public:
  [[nodiscard]] std::shared_ptr<const Snapshot> get() const override;
  [[nodiscard]] std::uint64_t generation() const noexcept override {
    return generation_.load(std::memory_order_acquire);
  }
  [[nodiscard]] Reload reload() override;
  void also_check(Check check) override { check_ = std::move(check); }

  /// Sets the snapshot for the next reload().
  void offer(Snapshot snapshot);

 protected:
  /// Returns the snapshot that reload() serves if `problems` has no error; null with an error.
  [[nodiscard]] virtual std::shared_ptr<const Snapshot> read(std::uint64_t generation,
                                                             std::vector<ConfigProblem>& problems);

 private:
  void swap_in(std::shared_ptr<const Snapshot> next);

  Check check_;
  std::mutex reload_mutex_;  // held during a whole reload
  std::optional<Snapshot> offered_;
  mutable std::mutex mutex_;  // guards current_
  std::shared_ptr<const Snapshot> current_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace portcullis::bff
