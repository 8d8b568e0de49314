// In the place of Abseil's file: what RE2 hashes (numbers and ranges of them), by FNV-1a a number
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "absl/base/overlay_version.h"

namespace absl {

class QuietHashState {
 public:
  template <typename First, typename... Rest>
  static QuietHashState combine(QuietHashState state, const First& first, const Rest&... rest) {
    state.add(first);
    if constexpr (sizeof...(rest) > 0) return combine(state, rest...);
    return state;
  }
  std::size_t value() const { return value_; }

 private:
  template <typename T>
  void add(const T& value) {
    if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      value_ = (value_ ^ static_cast<std::uint32_t>(value)) * 16777619U;
    } else {
      for (const auto& part : value) add(part);
    }
  }
  std::uint32_t value_ = 2166136261U;
};

template <typename T>
struct Hash {
  std::size_t operator()(const T& value) const {
    return AbslHashValue(QuietHashState(), value).value();
  }
};

}  // namespace absl
