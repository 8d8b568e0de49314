// In the place of Abseil's file: the core writes nowhere. What would be logged is compiled and
// thrown away; FATAL still ends the module.
#pragma once

#include <cstdlib>

#include "absl/base/overlay_version.h"

namespace absl::quiet {

struct Stream {
  template <typename T>
  const Stream& operator<<(const T&) const {
    return *this;
  }
};

/// Binds weaker than `<<` and makes the whole of it void, so that both sides of `?:` agree.
struct Void {
  void operator&(const Stream&) const {}
};

inline constexpr bool kDies_INFO = false;
inline constexpr bool kDies_WARNING = false;
inline constexpr bool kDies_ERROR = false;
inline constexpr bool kDies_DFATAL = false;  // as in every build with NDEBUG
inline constexpr bool kDies_FATAL = true;

}  // namespace absl::quiet

#define ABSL_LOG(severity)                                      \
  (::absl::quiet::kDies_##severity ? ::std::abort() : (void)0), \
      true ? (void)0 : ::absl::quiet::Void() & ::absl::quiet::Stream()
