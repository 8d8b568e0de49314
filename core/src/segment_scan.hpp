// Reads a segment of a path and its hash eight bytes at a time: most of the time of a decision.
// Little-endian only (WebAssembly, x86-64, ARM64).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace portcullis {

static_assert(std::endian::native == std::endian::little, "the first byte has to be the lowest");

struct Segment {
  std::uint64_t hash =
      0;  ///< for up to 8 bytes the bytes themselves, so that no comparison is needed
  std::uint32_t size = 0;
};

namespace segment_scan {

constexpr std::uint64_t kLow = 0x0101010101010101;
constexpr std::uint64_t kHigh = 0x8080808080808080;

inline std::uint64_t load(const char* from) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

/// Loads up to 8 bytes from `at`, zero-padded; never reads outside the path.
inline std::uint64_t load_within(std::string_view path, std::size_t at) noexcept {
  const std::size_t left = path.size() - at;
  if (left >= 8) return load(path.data() + at);
  if (path.size() >= 8) return load(path.data() + path.size() - 8) >> (8 * (8 - left));
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < left; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(path[at + i])} << (8 * i);
  }
  return word;
}

/// Number of bytes before the first '/' of the word; 8 if there is none.
inline std::size_t before_slash(std::uint64_t word) noexcept {
  const std::uint64_t x = word ^ (kLow * '/');
  const std::uint64_t found = (x - kLow) & ~x & kHigh;  // exact for the lowest byte that is '/'
  return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

/// Mixes in another word. A plugin can only make its own segments collide; those are compared, so a
/// collision costs time but never affects a decision.
inline std::uint64_t mix(std::uint64_t hash, std::uint64_t word) noexcept {
  hash = (hash ^ (hash >> 29)) * 0x9e3779b97f4a7c15;
  return std::rotl(hash, 23) ^ word;
}

}  // namespace segment_scan

/// Whether two texts of this size are equal.
inline bool same_text(const char* one, const char* other, std::size_t size) noexcept {
  using segment_scan::load;
  if (size < 8) {
    unsigned differ = 0;
    for (std::size_t i = 0; i < size; ++i) differ |= static_cast<unsigned>(one[i] ^ other[i]);
    return differ == 0;
  }
  std::uint64_t differ = load(one + size - 8) ^ load(other + size - 8);
  for (std::size_t i = 0; i + 8 < size; i += 8) differ |= load(one + i) ^ load(other + i);
  return differ == 0;
}

/// The segment that begins at `at` (< path.size()), up to the next '/' or the end.
inline Segment scan_segment(std::string_view path, std::size_t at) noexcept {
  using namespace segment_scan;
  Segment segment;
  for (bool first = true;; first = false) {
    const std::uint64_t word = load_within(path, at);
    const std::size_t left = path.size() - at;
    std::size_t taken = before_slash(word);
    if (taken > left) taken = left;
    const std::uint64_t kept = taken == 8 ? word : word & ((std::uint64_t{1} << (8 * taken)) - 1);
    if (first) {
      segment.hash = kept;
    } else if (taken > 0) {
      segment.hash = mix(segment.hash, kept);
    }
    segment.size += static_cast<std::uint32_t>(taken);
    at += taken;
    if (taken < 8 || at == path.size()) return segment;
  }
}

}  // namespace portcullis
