// A bounded queue with one consumer thread, for work that may be dropped but must never delay a
// request: log lines, telemetry. Items that do not fit are dropped and counted.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace portcullis::bff {

/// Thread-safe. push() never blocks on the consumer.
template <typename Item>
class BoundedWorker {
 public:
  /// `consume` runs on the worker's thread, one item at a time, in order; it must not throw.
  /// `capacity` counts waiting items.
  BoundedWorker(std::size_t capacity, std::function<void(Item&)> consume)
      : capacity_(capacity), consume_(std::move(consume)), thread_([this] { run(); }) {}
  /// Consumes the accepted items, then ends the thread.
  ~BoundedWorker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  BoundedWorker(const BoundedWorker&) = delete;
  BoundedWorker& operator=(const BoundedWorker&) = delete;

  /// Returns false if the queue is full; the item is then dropped and counted.
  bool push(Item item) {
    {
      const std::lock_guard lock(mutex_);
      if (queue_.size() >= capacity_) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return false;
      }
      queue_.push_back(std::move(item));
    }
    wake_.notify_one();
    return true;
  }

  /// Waits until all items accepted so far are consumed.
  void flush() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return queue_.empty() && !busy_; });
  }

  /// Number of dropped items.
  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return dropped_.load(std::memory_order_relaxed);
  }

 private:
  void run() {
    std::vector<Item> batch;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.swap(queue_);
      busy_ = true;
      lock.unlock();
      for (Item& item : batch) consume_(item);
      batch.clear();
      lock.lock();
      busy_ = false;
      if (queue_.empty()) idle_.notify_all();
    }
  }

  const std::size_t capacity_;
  const std::function<void(Item&)> consume_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<Item> queue_;
  bool busy_ = false;
  bool stopping_ = false;
  std::atomic<std::uint64_t> dropped_{0};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace portcullis::bff
