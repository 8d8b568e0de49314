// The used counters among the last kStampWindow: the anti-replay window of IPsec (RFC 4303, section
// 3.4.3), as a ring of bits. A page's calls may overtake each other on different connections; a
// counter below the window cannot be distinguished from a replay and counts as one. Not
// thread-safe.
#pragma once

#include <array>
#include <cstdint>

#include "portcullis/limits.hpp"

namespace portcullis::bff {

/// The window of one key.
class ReplayWindow {
 public:
  static constexpr std::uint64_t kSize = limits::kStampWindow;

  /// Whether the counter was claimed or is below the window.
  [[nodiscard]] bool used(std::uint64_t counter) const noexcept {
    if (counter > highest_) return false;
    return highest_ - counter >= kSize || (used_[counter % kSize / 64] & bit(counter)) != 0;
  }

  /// Claims the counter. Returns false if it is used(). Claim authentic counters only, because a
  /// claim may move the window.
  bool claim(std::uint64_t counter) noexcept {
    if (used(counter)) return false;
    if (counter > highest_) {
      if (counter - highest_ >= kSize) {
        used_.fill(0);
      } else {
        for (std::uint64_t i = highest_ + 1; i < counter; ++i) word(i) &= ~bit(i);
        word(counter) &= ~bit(counter);
      }
      highest_ = counter;
    }
    word(counter) |= bit(counter);
    return true;
  }

 private:
  static_assert(kSize % 64 == 0);
  std::uint64_t& word(std::uint64_t counter) noexcept { return used_[counter % kSize / 64]; }
  static std::uint64_t bit(std::uint64_t counter) noexcept {
    return std::uint64_t{1} << (counter % 64);
  }

  std::uint64_t highest_ = 0;
  std::array<std::uint64_t, kSize / 64> used_{};
};

}  // namespace portcullis::bff
