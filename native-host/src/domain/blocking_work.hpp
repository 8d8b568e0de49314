// Work that blocks (fsync, reading a configuration, compressing), or takes a processor for
// milliseconds (reading a megabyte of JSON), on threads of its own.
//
// Four lanes, so that nothing slow stands before what must be quick: operators' acts, what calls
// wait for, what takes its time (reloads, compressing), and what only computes. The threads of the
// last run after those of the connections (nice 10): nobody else's call waits for them. Within a
// lane tenants take turns, and an account may have kMaxWaiting jobs in line: neither one account
// nor one tenant makes the others wait for its flood.
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

class BlockingWork {
 public:
  enum class Lane : std::uint8_t { kActs, kCalls, kSlow, kHeavy };
  /// Whose job it is. An empty account has no bound: the server itself.
  struct Turn {
    Lane lane;
    std::string tenant;
    std::string account;
  };
  /// Jobs of one account that wait in one lane.
  static constexpr std::size_t kMaxWaiting = 16;

  BlockingWork();
  ~BlockingWork();
  BlockingWork(const BlockingWork&) = delete;
  BlockingWork& operator=(const BlockingWork&) = delete;

  /// False, and the job is dropped: the account has too many in line. `job` must not throw.
  bool post(Turn turn, std::function<void()> job);
  /// Waits until everything that was posted so far, and what that posted, is done.
  void wait();
  /// Does what was posted, then ends the threads. post() drops jobs from here on.
  void join();

  /// Jobs that were refused because an account had too many in line.
  [[nodiscard]] const QuotaCounts& refused() const noexcept { return refused_; }

 private:
  static constexpr std::size_t kLanes = 4;
  struct Job {
    std::string account;
    std::function<void()> run;
  };
  struct Queue {
    std::map<std::string, std::deque<Job>> by_tenant;
    std::deque<std::string> turns;  // tenants that have a job, in the order of their turns
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
  std::vector<std::thread> threads_;  // last: they use everything above
};

}  // namespace portcullis::bff
