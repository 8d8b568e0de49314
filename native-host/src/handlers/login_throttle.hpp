// Slows the guessing of passwords: so many failures from an address in a minute, on one account and
// on all together, then 429. Only failures count, so that a person who logs in often is not in the
// way of herself. An account is never counted on its own: whoever knows a name could lock its owner
// out. An IPv6 address counts by its first 64 bits, which is what one customer is given.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "state/clock.hpp"

namespace portcullis::bff {

class LoginThrottle {
 public:
  static constexpr unsigned kFailuresPerAccount = 10;
  static constexpr unsigned kFailuresPerAddress = 50;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kMaxKeys = 10'000;

  explicit LoginThrottle(const Clock& clock) : clock_(clock) {}

  /// Seconds to wait; 0: the password may be tried.
  [[nodiscard]] std::uint64_t wait_s(std::string_view tenant, std::string_view user,
                                     std::string_view ip);
  void failed(std::string_view tenant, std::string_view user, std::string_view ip);
  void succeeded(std::string_view tenant, std::string_view user, std::string_view ip);

 private:
  struct Count {
    unsigned failures = 0;
    SteadyTime since;
  };
  std::uint64_t over(const std::string& key, unsigned limit, SteadyTime now);
  void count(const std::string& key, SteadyTime now);

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Count> counts_;
};

}  // namespace portcullis::bff
