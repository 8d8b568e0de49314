// In the place of Abseil's file: no element is held inside.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/base/overlay_version.h"

namespace absl {

template <typename T, std::size_t Inlined, typename Allocator = std::allocator<T>>
using InlinedVector = std::vector<T, Allocator>;

}  // namespace absl
