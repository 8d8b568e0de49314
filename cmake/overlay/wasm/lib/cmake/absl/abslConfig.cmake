# Abseil for WebAssembly is its headers, with those of this overlay over them: nothing to link.
foreach(name IN ITEMS absl_check absl_log base core_headers fixed_array flags flat_hash_map flat_hash_set
    hash inlined_vector optional span str_format strings synchronization)
  if(NOT TARGET absl::${name})
    add_library(absl::${name} INTERFACE IMPORTED)
    set_target_properties(absl::${name} PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_LIST_DIR}/../../../include")
  endif()
endforeach()
set(absl_FOUND TRUE)
