find_package(absl CONFIG REQUIRED)
find_package(re2 CONFIG REQUIRED)

# nlohmann/json is header-only and comes from Debian. A cross-compiler must not see the rest of /usr/include,
# so its headers alone are linked into the build folder.
find_path(NLOHMANN_JSON_DIR nlohmann/json.hpp PATHS /usr/include NO_CMAKE_FIND_ROOT_PATH REQUIRED)
set(portcullis_json_include ${CMAKE_BINARY_DIR}/include-json)
file(MAKE_DIRECTORY ${portcullis_json_include})
file(CREATE_LINK ${NLOHMANN_JSON_DIR}/nlohmann ${portcullis_json_include}/nlohmann SYMBOLIC)
add_library(portcullis_json INTERFACE)
target_include_directories(portcullis_json SYSTEM INTERFACE ${portcullis_json_include})

if(PORTCULLIS_TESTS)
  enable_testing()
  if(EMSCRIPTEN)
    # Debian's libgtest is native; its sources build for WebAssembly in seconds.
    set(PORTCULLIS_GTEST_SOURCE /usr/src/googletest CACHE PATH "Where the sources of GoogleTest are")
    add_subdirectory(${PORTCULLIS_GTEST_SOURCE} ${CMAKE_BINARY_DIR}/googletest EXCLUDE_FROM_ALL)
    add_library(portcullis_gtest INTERFACE)
    target_link_libraries(portcullis_gtest INTERFACE gtest_main)
  else()
    find_package(GTest REQUIRED)
    add_library(portcullis_gtest INTERFACE)
    target_link_libraries(portcullis_gtest INTERFACE GTest::gtest GTest::gmock GTest::gtest_main)
  endif()
endif()
