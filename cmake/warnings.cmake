# Strict warnings, as errors, for our own code only.
add_library(portcullis_warnings INTERFACE)
target_compile_options(portcullis_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns about its own standard library when it inlines it (PR 105562, 105329).
  target_compile_options(portcullis_warnings INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
endif()
