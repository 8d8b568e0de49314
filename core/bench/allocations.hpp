// Counts allocations through operator new, so that a benchmark can report "none".
#pragma once

#include <cstddef>

namespace portcullis::bench {

std::size_t allocations() noexcept;
std::size_t live_bytes() noexcept;

}  // namespace portcullis::bench
