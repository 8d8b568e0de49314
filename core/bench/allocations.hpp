// Counts what operator new hands out, so that a benchmark can say "none".
#pragma once

#include <cstddef>

namespace portcullis::bench {

std::size_t allocations() noexcept;
std::size_t live_bytes() noexcept;

}  // namespace portcullis::bench
