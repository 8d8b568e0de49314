#include "base/watchdog.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "run_io.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::run_until;

struct Dog final : Watched {
  explicit Dog(std::function<void()> what) : bark(std::move(what)) {}
  void on_deadline() override { bark(); }
  std::function<void()> bark;
};

TEST(WatchdogTest, FiresInOrderOfDeadlines) {
  boost::asio::io_context context;
  Watchdog watchdog(context.get_executor());
  std::vector<int> order;
  Dog late([&] { order.push_back(3); });
  Dog early([&] { order.push_back(1); });
  Dog middle([&] { order.push_back(2); });
  watchdog.watch(late, 30ms);
  watchdog.watch(early, 1ms);
  watchdog.watch(middle, 15ms);
  run_until(context, [&] { return order.size() == 3; });
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(WatchdogTest, ClearedOrMovedDeadlinesDoNotFire) {
  boost::asio::io_context context;
  Watchdog watchdog(context.get_executor());
  bool rang = false;
  Dog cleared([&] { FAIL() << "was cleared"; });
  Dog moved([&] { FAIL() << "was postponed by an hour"; });
  Dog last([&] { rang = true; });
  watchdog.watch(cleared, 1ms);
  watchdog.watch(moved, 1ms);
  watchdog.watch(last, 5ms);
  Watchdog::clear(cleared);
  watchdog.watch(moved, 1h);
  run_until(context, [&] { return rang; });
  rang = false;
  watchdog.watch(last, 1ms);  // a second time
  run_until(context, [&] { return rang; });
}

TEST(WatchdogTest, CallbacksMayDestroyWatchedObjects) {
  boost::asio::io_context context;
  Watchdog watchdog(context.get_executor());
  std::vector<std::unique_ptr<Dog>> dogs;
  int rang = 0;
  for (int i = 0; i < 10; ++i) {
    dogs.push_back(std::make_unique<Dog>([&] {
      ++rang;
      dogs.clear();  // itself included
    }));
  }
  const auto deadline = std::chrono::steady_clock::now() + 1ms;
  std::vector<Dog*> raw;
  for (auto& dog : dogs) raw.push_back(dog.get());
  for (Dog* dog : raw) watchdog.watch_until(*dog, deadline);
  run_until(context, [&] { return rang > 0; });
  testing::drain(context);
  EXPECT_EQ(rang, 1);
}

TEST(WatchdogTest, MayBeDestroyedBeforeWatchedObjects) {
  boost::asio::io_context context;
  Dog dog([] { FAIL() << "the watchdog is gone"; });
  {
    Watchdog watchdog(context.get_executor());
    watchdog.watch(dog, 0ms);
  }
  testing::drain(context);
}

}  // namespace
}  // namespace portcullis::bff
