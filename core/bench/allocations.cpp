#include "allocations.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {
std::size_t count = 0;
std::size_t live = 0;

void* take(std::size_t bytes) {
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) std::abort();
  ++count;
  live += malloc_usable_size(memory);
  return memory;
}

void give(void* memory) noexcept {
  if (memory == nullptr) return;
  live -= malloc_usable_size(memory);
  std::free(memory);
}
}  // namespace

void* operator new(std::size_t bytes) { return take(bytes); }
void* operator new[](std::size_t bytes) { return take(bytes); }
void operator delete(void* memory) noexcept { give(memory); }
void operator delete[](void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give(memory); }

namespace portcullis::bench {
std::size_t allocations() noexcept { return count; }
std::size_t live_bytes() noexcept { return live; }
}  // namespace portcullis::bench
