// The hash for tables whose keys a client can choose: SipHash-2-4 under a key that each process
// draws at random.
//
// std::hash is not for them: its seed is a constant of the library, and texts that collide under
// it, even under every seed of it, can be made without trying (murmur's mixing cancels out). A
// table of such keys is a list. SipHash is a pseudo-random function: who does not know the key
// cannot find collisions better than by chance (Aumasson and Bernstein, 2012).
//
// Use KeyedMap and KeyedSet for every unordered container with text in its key; a lint check holds
// native-host/ to it. Ordered containers need nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace portcullis::bff {

struct SipKey {
  std::uint64_t low = 0;   ///< bytes 0 to 7 of the key, little-endian
  std::uint64_t high = 0;  ///< bytes 8 to 15
};

/// SipHash-2-4 with 64 bits of output. O(n), allocates nothing.
[[nodiscard]] std::uint64_t siphash24(const SipKey& key, std::string_view text) noexcept;

/// This process's key, drawn at its first use.
[[nodiscard]] const SipKey& process_hash_key() noexcept;

/// Transparent: look-ups take views.
struct KeyedHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return static_cast<std::size_t>(siphash24(process_hash_key(), text));
  }
};

template <typename Value>
using KeyedMap = std::unordered_map<std::string, Value, KeyedHash, std::equal_to<>>;
using KeyedSet = std::unordered_set<std::string, KeyedHash, std::equal_to<>>;

}  // namespace portcullis::bff
