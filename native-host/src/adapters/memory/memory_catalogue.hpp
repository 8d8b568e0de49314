// A catalogue in memory: holds the snapshot and swaps it as a whole. Other catalogues derive from
// it and say in read() where snapshots come from; by itself it serves what a caller offers, for
// tests.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "domain/catalogue.hpp"

namespace portcullis::bff {

class MemoryCatalogue : public Catalogue {
 public:
  [[nodiscard]] std::shared_ptr<const Snapshot> get() const override;
  [[nodiscard]] std::uint64_t generation() const noexcept override {
    return generation_.load(std::memory_order_acquire);
  }
  [[nodiscard]] Reload reload() override;
  void also_check(Check check) override { check_ = std::move(check); }

  /// What the next reload() reads.
  void offer(Snapshot snapshot);

 protected:
  /// What reload() serves next, if there is no error among `problems`; null with an error.
  [[nodiscard]] virtual std::shared_ptr<const Snapshot> read(std::uint64_t generation,
                                                             std::vector<ConfigProblem>& problems);

 private:
  void swap_in(std::shared_ptr<const Snapshot> next);

  Check check_;
  std::mutex reload_mutex_;  // held over a whole reload
  std::optional<Snapshot> offered_;
  mutable std::mutex mutex_;  // guards current_
  std::shared_ptr<const Snapshot> current_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace portcullis::bff
