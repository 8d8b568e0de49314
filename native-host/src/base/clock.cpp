#include "base/clock.hpp"

#include <array>
#include <cstdio>

#include "base/coarse_clock.hpp"

namespace portcullis::bff {
namespace {

class RealClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const noexcept override {
    return std::chrono::steady_clock::now();
  }
  [[nodiscard]] SteadyTime coarse() const noexcept override { return coarse_now(); }
  [[nodiscard]] WallTime wall() const noexcept override { return std::chrono::system_clock::now(); }
};

/// Parses exactly `digits` digits at `at`; -1 for other characters.
int number(std::string_view text, std::size_t at, std::size_t digits) noexcept {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

const Clock& Clock::real() noexcept {
  static const RealClock clock;
  return clock;
}

std::string format_rfc3339(WallTime time) {
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(millis);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(millis - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::optional<WallTime> parse_rfc3339(std::string_view text) noexcept {
  // full-date "T" partial-time time-offset
  if (text.size() < 20 || text.size() > 40) return std::nullopt;
  const int year = number(text, 0, 4);
  const int month = number(text, 5, 2);
  const int day = number(text, 8, 2);
  const int hour = number(text, 11, 2);
  const int minute = number(text, 14, 2);
  int second = number(text, 17, 2);
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  if (year < 1970 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return std::nullopt;
  }
  second = second == 60 ? 59 : second;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  std::size_t at = 19;
  std::int64_t micros = 0;
  if (text[at] == '.') {
    std::int64_t scale = 100'000;
    const std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      micros += (text[at] - '0') * scale;
      scale /= 10;
    }
    if (at == first || at == text.size()) return std::nullopt;
  }
  std::chrono::minutes offset{0};
  if (text[at] == 'Z' || text[at] == 'z') {
    if (at + 1 != text.size()) return std::nullopt;
  } else {
    if ((text[at] != '+' && text[at] != '-') || at + 6 != text.size() || text[at + 3] != ':') {
      return std::nullopt;
    }
    const int hours = number(text, at + 1, 2);
    const int minutes = number(text, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
    offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    if (text[at] == '-') offset = -offset;
  }
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second) +
                    std::chrono::microseconds(micros) - offset;
  if (time.time_since_epoch().count() < 0) return std::nullopt;
  // The system clock counts nanoseconds and ends in 2262. Later instants are clamped.
  const auto latest = std::chrono::floor<std::chrono::microseconds>(WallTime::max());
  return WallTime(std::chrono::duration_cast<WallTime::duration>(
      (time < latest ? time : latest).time_since_epoch()));
}

}  // namespace portcullis::bff
