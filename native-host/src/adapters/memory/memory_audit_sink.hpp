// An audit sink in memory, within the retention, for tests and for servers without state.
// Thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "domain/audit_sink.hpp"

namespace portcullis::bff {

/// The in-memory audit sink.
class MemoryAuditSink final : public AuditSink {
 public:
  bool write(std::string line, bool) override {
    const std::lock_guard lock(mutex_);
    held_ += line.size() + 1;
    lines_.push_back(std::move(line));
    while (held_ > max_bytes_ * (keep_ + std::uint64_t{1}) && lines_.size() > 1) {
      held_ -= lines_.front().size() + 1;
      lines_.pop_front();
    }
    return true;
  }
  void maintain() override {}
  void set_retention(std::uint64_t max_bytes, unsigned keep) override {
    const std::lock_guard lock(mutex_);
    max_bytes_ = max_bytes;
    keep_ = keep;
  }
  [[nodiscard]] std::uint64_t failures() const noexcept override { return 0; }

  /// The kept lines, oldest first.
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return {lines_.begin(), lines_.end()};
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;
  std::uint64_t held_ = 0;
  std::uint64_t max_bytes_ = 1024 * 1024;
  unsigned keep_ = 0;
};

}  // namespace portcullis::bff
