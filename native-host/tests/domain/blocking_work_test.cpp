#include "domain/blocking_work.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace portcullis::bff {
namespace {

using Lane = BlockingWork::Lane;

/// Blocks every thread of a lane until opened.
class Gate {
 public:
  Gate(BlockingWork& work, Lane lane, int threads) {
    for (int i = 0; i < threads; ++i) {
      // The threads may outlive the gate, so they share ownership of the promise.
      const auto entered = std::make_shared<std::promise<void>>();
      work.post({lane, "gate", ""}, [entered, open = open_] {
        entered->set_value();
        open.wait();
      });
      entered->get_future().wait();
    }
  }
  ~Gate() { let_go(); }
  void let_go() {
    if (!std::exchange(gone_, true)) go_.set_value();
  }

 private:
  std::promise<void> go_;
  std::shared_future<void> open_ = go_.get_future().share();
  bool gone_ = false;
};

TEST(BlockingWorkTest, TenantsTakeTurns) {
  BlockingWork work;
  std::vector<std::string> order;
  {
    Gate gate(work, Lane::kActs, 1);
    for (const char* tenant : {"a", "a", "a", "b", "a", "b"}) {
      work.post({Lane::kActs, tenant, ""}, [&order, tenant] { order.emplace_back(tenant); });
    }
  }
  work.wait();
  EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "a", "b", "a", "a"}));
}

TEST(BlockingWorkTest, LimitsTheQueueOfAnAccount) {
  BlockingWork work;
  std::atomic<int> done{0};
  const auto post = [&](const char* tenant, const char* account) {
    return work.post({Lane::kCalls, tenant, account}, [&] { ++done; });
  };
  {
    Gate gate(work, Lane::kCalls, 2);
    for (std::size_t i = 0; i < BlockingWork::kMaxWaiting; ++i) EXPECT_TRUE(post("t", "a"));
    EXPECT_FALSE(post("t", "a"));
    EXPECT_TRUE(post("t", "b"));
    EXPECT_TRUE(post("u", "a"));
    EXPECT_TRUE(work.post({Lane::kActs, "t", "a"}, [&] { ++done; })) << "another lane";
  }
  work.wait();
  EXPECT_EQ(done, static_cast<int>(BlockingWork::kMaxWaiting) + 3);
  EXPECT_EQ(work.refused().of(Quota::kAccount), 1U);
  EXPECT_TRUE(post("t", "a")) << "there is room again";
}

TEST(BlockingWorkTest, SlowWorkDoesNotDelayActs) {
  BlockingWork work;
  Gate slow(work, Lane::kSlow, 1);
  Gate calls(work, Lane::kCalls, 2);
  std::promise<void> acted;
  work.post({Lane::kActs, "t", "operator"}, [&] { acted.set_value(); });
  acted.get_future().wait();
}

TEST(BlockingWorkTest, FinishesAllWorkAtItsEnd) {
  std::atomic<int> done{0};
  {
    BlockingWork work;
    for (int i = 0; i < 100; ++i) work.post({Lane::kCalls, "t", ""}, [&] { ++done; });
    work.join();
    EXPECT_FALSE(work.post({Lane::kCalls, "t", ""}, [&] { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace portcullis::bff
