#include "http/worker.hpp"

#include <array>
#include <ctime>

#include "base/coarse_clock.hpp"

namespace portcullis::bff {

Worker::~Worker() {
  while (!connections.empty()) {
    ConnectionLink& connection = connections.front();
    connections.pop_front();
    connection.let_go();
  }
}

const std::string& Worker::date() {
  const auto now = coarse_now();
  if (now < date_until_) return date_;
  date_until_ = now + std::chrono::milliseconds(500);
  const std::time_t wall = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&wall, &utc);
  // Not strftime's %a and %b, which depend on the locale.
  static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  date_ = text.data();
  return date_;
}

}  // namespace portcullis::bff
