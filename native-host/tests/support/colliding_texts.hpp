// Texts of 16 visible characters with equal std::hash in libstdc++ (MurmurHash64A with a constant
// seed): each step is invertible, so every first half has a second half that gives the wanted hash.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace portcullis::bff::testing {

inline std::vector<std::string> colliding_texts(std::size_t count) {
  constexpr std::uint64_t kMul = 0xc6a4a7935bd1e995ULL;
  constexpr std::uint64_t kSeed = 0xc70f6907ULL;
  std::uint64_t inverse = kMul;  // Newton's method: each step doubles the number of correct bits
  for (int i = 0; i < 6; ++i) inverse *= 2 - kMul * inverse;
  const auto mix = [](std::uint64_t v) { return v ^ (v >> 47U); };  // its own inverse
  const auto visible = [](const std::string& text) {
    for (const char c : text) {
      if (c < 0x21 || c > 0x7e || c == '"' || c == '\\') return false;
    }
    return true;
  };
  constexpr std::uint64_t kWanted = 0x0123456789abcdefULL;
  std::vector<std::string> out;
  std::string text(16, '0');
  for (std::uint64_t number = 0; out.size() < count; ++number) {
    for (std::uint64_t i = 0, rest = number; i < 8; ++i, rest /= 26) {
      text[i] = static_cast<char>('a' + rest % 26);
    }
    std::uint64_t first = 0;
    std::memcpy(&first, text.data(), 8);
    const std::uint64_t hash = ((kSeed ^ (16 * kMul)) ^ (mix(first * kMul) * kMul)) * kMul;
    const std::uint64_t second = mix((hash ^ kWanted) * inverse) * inverse;
    std::memcpy(text.data() + 8, &second, 8);
    if (visible(text)) out.push_back(text);
  }
  return out;
}

}  // namespace portcullis::bff::testing
