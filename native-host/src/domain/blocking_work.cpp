#include "domain/blocking_work.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace portcullis::bff {

namespace {

/// Lowers the priority of the calling thread; on Linux each thread has its own nice value.
void run_after_others() {
  constexpr int kNice = 10;
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

}  // namespace

BlockingWork::BlockingWork() {
  constexpr std::array<int, kLanes> kThreads{1, 2, 1, 2};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (int i = 0; i < kThreads[lane]; ++i) {
      threads_.emplace_back([this, lane] {
        if (lane == static_cast<std::size_t>(Lane::kHeavy)) run_after_others();
        work(queues_[lane]);
      });
    }
  }
}

BlockingWork::~BlockingWork() { join(); }

bool BlockingWork::post(Turn turn, std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  Queue& queue = queues_[static_cast<std::size_t>(turn.lane)];
  if (!turn.account.empty()) {
    std::size_t& waiting = queue.waiting[{turn.tenant, turn.account}];
    if (waiting >= kMaxWaiting) {
      refused_.add(Quota::kAccount);
      return false;
    }
    ++waiting;
  }
  auto& jobs = queue.by_tenant[turn.tenant];
  if (jobs.empty()) queue.turns.push_back(turn.tenant);
  jobs.push_back({std::move(turn.account), std::move(job)});
  ++unfinished_;
  queue.wake.notify_one();
  return true;
}

void BlockingWork::work(Queue& queue) {
  std::unique_lock lock(mutex_);
  for (;;) {
    queue.wake.wait(lock, [&] { return stopping_ || !queue.turns.empty(); });
    if (queue.turns.empty()) return;
    std::string tenant = std::move(queue.turns.front());
    queue.turns.pop_front();
    const auto jobs = queue.by_tenant.find(tenant);
    Job job = std::move(jobs->second.front());
    jobs->second.pop_front();
    const auto waiting = queue.waiting.find({tenant, job.account});
    if (waiting != queue.waiting.end() && --waiting->second == 0) queue.waiting.erase(waiting);
    if (jobs->second.empty()) {
      queue.by_tenant.erase(jobs);
    } else {
      queue.turns.push_back(std::move(tenant));
    }
    lock.unlock();
    job.run();
    job.run = nullptr;  // its captures are destroyed before it counts as finished
    lock.lock();
    if (--unfinished_ == 0) idle_.notify_all();
  }
}

void BlockingWork::wait() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return unfinished_ == 0; });
}

void BlockingWork::join() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (Queue& queue : queues_) queue.wake.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace portcullis::bff
