// In the place of Abseil's file: RE2's maps are small and off the matching path, and std::map is a
// tenth of the code.
#pragma once

#include <map>

#include "absl/base/overlay_version.h"

namespace absl {

template <typename Key, typename Value>
using flat_hash_map = std::map<Key, Value>;

}  // namespace absl
