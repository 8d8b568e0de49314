// Compares two short texts inline: WebAssembly's memcmp is a call and compares byte by byte. Never
// reads outside the texts. O(n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace portcullis {

namespace bytes_equal_detail {

template <typename Word>
bool same(const char* a, const char* b) noexcept {
  Word x;
  Word y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return x == y;
}

}  // namespace bytes_equal_detail

inline bool bytes_equal(std::string_view left, std::string_view right) noexcept {
  using bytes_equal_detail::same;
  std::size_t n = left.size();
  if (n != right.size()) return false;
  const char* a = left.data();
  const char* b = right.data();
  if (n >= 8) {
    for (; n > 8; a += 8, b += 8, n -= 8) {
      if (!same<std::uint64_t>(a, b)) return false;
    }
    return same<std::uint64_t>(a + n - 8, b + n - 8);  // overlaps bytes compared already
  }
  if (n >= 4) return same<std::uint32_t>(a, b) && same<std::uint32_t>(a + n - 4, b + n - 4);
  for (; n > 0; ++a, ++b, --n) {
    if (*a != *b) return false;
  }
  return true;
}

}  // namespace portcullis
