#include "base/watchdog.hpp"

#include "base/coarse_clock.hpp"

namespace portcullis::bff {

using SteadyClock = std::chrono::steady_clock;

// Also owned by the timer's handler, so that a pending handler finds it alive.
struct Watchdog::Shared : std::enable_shared_from_this<Watchdog::Shared> {
  using List = boost::intrusive::list<Watched, boost::intrusive::constant_time_size<false>>;
  explicit Shared(const boost::asio::any_io_executor& executor) : timer(executor) {}

  boost::asio::steady_timer timer;
  List watched;
  Watched::Time wakes_at = Watched::Time::max();
  bool gone = false;

  void arm(Watched::Time at) {
    wakes_at = at;
    timer.expires_at(at);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->gone) self->ring();
    });
  }

  void ring() {
    const Watched::Time now = SteadyClock::now();
    wakes_at = Watched::Time::max();
    Watched::Time next = Watched::Time::max();
    // Move one at a time between the lists: on_deadline() may destroy any of them, which then
    // leaves whichever list it is on.
    List kept;
    while (!watched.empty()) {
      Watched& who = watched.front();
      watched.pop_front();
      if (who.deadline_ == Watched::Time::max()) continue;  // rejoins with its next deadline
      if (who.deadline_ > now) {
        if (who.deadline_ < next) next = who.deadline_;
        kept.push_back(who);
        continue;
      }
      who.deadline_ = Watched::Time::max();
      who.on_deadline();
      if (gone) return;
    }
    watched.splice(watched.end(), kept);
    if (next < wakes_at) arm(next);
  }
};

Watchdog::Watchdog(const boost::asio::any_io_executor& executor)
    : shared_(std::make_shared<Shared>(executor)) {}

Watchdog::~Watchdog() {
  shared_->gone = true;
  shared_->watched.clear();
  shared_->timer.cancel();
}

void Watchdog::watch(Watched& who, SteadyClock::duration within) {
  // ring() reads the precise clock, so it never fires early.
  watch_until(who, coarse_now() + kLongestTick + within);
}

void Watchdog::watch_until(Watched& who, Watched::Time deadline) {
  who.deadline_ = deadline;
  if (!who.is_linked()) shared_->watched.push_back(who);
  if (deadline < shared_->wakes_at) shared_->arm(deadline);
}

}  // namespace portcullis::bff
