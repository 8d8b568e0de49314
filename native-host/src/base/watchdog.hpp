// Deadlines for many connections with one timer. Setting a deadline takes two stores; the timer
// moves only if it is the nearest deadline. (One timer per socket operation would cost a heap
// operation and two allocations each, for an event that almost never occurs.)
//
// One per io_context; use it on that thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>

namespace portcullis::bff {

class Watchdog;

/// Base class of what can have a deadline. Leaves the watchdog when destroyed.
class Watched : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  Watched() = default;
  virtual ~Watched() = default;
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  /// Called when the deadline has passed, after clearing it. Usually closes a socket. May destroy
  /// itself and others.
  virtual void on_deadline() = 0;

 private:
  friend class Watchdog;
  Time deadline_ = Time::max();
};

/// The deadlines of one io_context.
class Watchdog {
 public:
  explicit Watchdog(const boost::asio::any_io_executor& executor);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Sets a deadline `within` from now, replacing an earlier one. Never fires early.
  void watch(Watched& who, std::chrono::steady_clock::duration within);
  /// Sets a deadline at a point in time of the steady clock.
  void watch_until(Watched& who, Watched::Time deadline);
  /// Removes the deadline. O(1).
  static void clear(Watched& who) noexcept { who.deadline_ = Watched::Time::max(); }

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace portcullis::bff
