#include "http/request_id.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/random.hpp"

namespace portcullis::bff {

bool usable_request_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>';
  });
}

std::string next_request_id() {
  struct Source {
    std::uint64_t base = 0;
    std::uint64_t counter = 0;
    Source() {
      std::uint8_t bytes[16];
      random_bytes(bytes);
      std::memcpy(&base, bytes, 8);
      std::memcpy(&counter, bytes + 8, 8);
    }
  };
  thread_local Source source;
  static constexpr char kHex[] = "0123456789abcdef";
  // splitmix64's finaliser: consecutive ids look unrelated, and none repeats.
  std::uint64_t mixed = source.counter++;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
  mixed ^= mixed >> 31U;
  std::string id(32, '0');
  for (unsigned i = 0; i < 16; ++i) {
    id[i] = kHex[(source.base >> (60U - 4U * i)) & 0xfU];
    id[16 + i] = kHex[(mixed >> (60U - 4U * i)) & 0xfU];
  }
  return id;
}

}  // namespace portcullis::bff
