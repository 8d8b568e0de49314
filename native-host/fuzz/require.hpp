// What a fuzzer's properties are checked with.
#pragma once

#include <cstdlib>

namespace portcullis::bff::fuzz {

/// Ends the fuzzer, which then keeps the input.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace portcullis::bff::fuzz
