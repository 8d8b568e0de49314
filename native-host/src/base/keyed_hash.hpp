// A hash for tables with client-chosen keys: SipHash-2-4 under a random per-process key.
//
// std::hash is unsuitable: its seed is a library constant, and texts that collide under every seed
// are easy to construct (murmur's mixing cancels out), which turns a table into a list. SipHash is
// a pseudo-random function: without the key, collisions cannot be found better than by chance
// (Aumasson and Bernstein, 2012).
//
// Use KeyedMap and KeyedSet for every unordered container with text in its key; a lint check
// enforces this in native-host/. Ordered containers need nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace portcullis::bff {

/// A SipHash key.
struct SipKey {
  std::uint64_t low = 0;   ///< bytes 0 to 7 of the key, little-endian
  std::uint64_t high = 0;  ///< bytes 8 to 15
};

/// SipHash-2-4 with 64 bits of output. O(n), allocates nothing.
[[nodiscard]] std::uint64_t siphash24(const SipKey& key, std::string_view text) noexcept;

/// The process's key, drawn on first use. Thread-safe.
[[nodiscard]] const SipKey& process_hash_key() noexcept;

/// Transparent hash: look-ups accept views.
struct KeyedHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return static_cast<std::size_t>(siphash24(process_hash_key(), text));
  }
};

template <typename Value>
/// An unordered map with client-chosen keys.
using KeyedMap = std::unordered_map<std::string, Value, KeyedHash, std::equal_to<>>;
/// An unordered set of client-chosen texts.
using KeyedSet = std::unordered_set<std::string, KeyedHash, std::equal_to<>>;

}  // namespace portcullis::bff
