// Checks for the properties of fuzzers.
#pragma once

#include <cstdlib>

namespace portcullis::bff::fuzz {

/// Aborts, so that the fuzzer keeps the input.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace portcullis::bff::fuzz
