// Worker threads for work that blocks (fsync, reading a configuration, compressing) or computes for
// milliseconds (parsing a megabyte of JSON).
//
// Four lanes keep slow work from delaying quick work. Threads of kHeavy run at nice 10, below the
// I/O threads, so that other requests do not wait for them. Within a lane tenants take turns, and
// an account may queue kMaxWaiting jobs: no account or tenant can delay the others by a flood.
//
// Thread-safe.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "domain/owner_quotas.hpp"

namespace portcullis::bff {

/// The worker threads of the process.
class BlockingWork {
 public:
  /// kActs: operators' actions. kCalls: work that requests wait for. kSlow: reloads, compression.
  /// kHeavy: pure computation.
  enum class Lane : std::uint8_t { kActs, kCalls, kSlow, kHeavy };
  /// The owner of a job. An empty account means the server itself, without limit.
  struct Turn {
    Lane lane;
    std::string tenant;
    std::string account;
  };
  /// Maximum queued jobs of one account per lane.
  static constexpr std::size_t kMaxWaiting = 16;

  BlockingWork();
  ~BlockingWork();
  BlockingWork(const BlockingWork&) = delete;
  BlockingWork& operator=(const BlockingWork&) = delete;

  /// Queues a job, which must not throw. Returns false and drops it if the account has too many
  /// queued jobs.
  bool post(Turn turn, std::function<void()> job);
  /// Waits until all posted jobs, and the jobs they posted, are finished.
  void wait();
  /// Runs the posted jobs, then ends the threads. post() drops jobs from now on.
  void join();

  /// Jobs refused because an account had too many queued.
  [[nodiscard]] const QuotaCounts& refused() const noexcept { return refused_; }

 private:
  static constexpr std::size_t kLanes = 4;
  struct Job {
    std::string account;
    std::function<void()> run;
  };
  struct Queue {
    std::map<std::string, std::deque<Job>> by_tenant;
    std::deque<std::string> turns;  // tenants with queued jobs, in turn order
    std::map<std::pair<std::string, std::string>, std::size_t> waiting;  // by tenant and account
    std::condition_variable wake;
  };
  void work(Queue& queue);

  std::mutex mutex_;
  std::condition_variable idle_;
  std::array<Queue, kLanes> queues_;
  std::size_t unfinished_ = 0;
  bool stopping_ = false;
  QuotaCounts refused_;
  std::vector<std::thread> threads_;  // last: they use the members above
};

}  // namespace portcullis::bff
