// What is left of a runtime: with these the module imports nothing but embind's registrations.
// The linker puts __wrap_X where X is called (CMakeLists.txt).
#include <cstddef>

extern "C" {

/// The allocator wants a memory of `size` bytes. It grows by a fifth at least: the translation to
/// JavaScript copies it each time.
int __wrap_emscripten_resize_heap(std::size_t size) {
  constexpr std::size_t kPage = 65536;
  const std::size_t pages = __builtin_wasm_memory_size(0);
  const std::size_t needed = (size + kPage - 1) / kPage - pages;
  const std::size_t more = needed > pages / 5 ? needed : pages / 5;
  return __builtin_wasm_memory_grow(0, more) != static_cast<std::size_t>(-1) ||
                 __builtin_wasm_memory_grow(0, needed) != static_cast<std::size_t>(-1)
             ? 1
             : 0;
}

/// JavaScript looks at the memory itself (js-glue/src/core/memory.ts).
void emscripten_notify_memory_growth(std::size_t) {}

/// A core that gave up traps. Emscripten's own abort() would import WASI's proc_exit for it.
void __wrap_abort() { __builtin_trap(); }

/// Only libembind calls it, for the name of a type that is not registered; text_bindings.cpp has
/// none. The real one is several kilobytes.
int __wrap_sprintf(char* out, const char*, ...) { return *out = 0; }
int __wrap_siprintf(char* out, const char*, ...) { return *out = 0; }

}  // extern "C"
