// Deadlines for many connections with one timer. Setting a deadline is two stores; only when it is
// the nearest of all is the timer moved. (A timer per socket operation costs a heap operation and
// two allocations each time, for something that almost never happens.)
//
// One per io_context, used on its thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>

namespace portcullis::bff {

class Watchdog;

/// Derive from it (or hold one) to be watched. Leaves the watchdog when destroyed.
class Watched : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  Watched() = default;
  virtual ~Watched() = default;
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  /// The deadline has passed; it is cleared before the call. Typically closes a socket. May destroy
  /// itself and others.
  virtual void on_deadline() = 0;

 private:
  friend class Watchdog;
  Time deadline_ = Time::max();
};

class Watchdog {
 public:
  explicit Watchdog(const boost::asio::any_io_executor& executor);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void watch(Watched& who, std::chrono::steady_clock::duration within);
  void watch_until(Watched& who, Watched::Time deadline);
  static void clear(Watched& who) noexcept { who.deadline_ = Watched::Time::max(); }

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace portcullis::bff
