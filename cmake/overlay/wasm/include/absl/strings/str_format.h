// In the place of Abseil's file. RE2 formats only what it dumps and logs, and for a regex's text
// (Regexp::ToString); nothing of the core asks for either, so no formatting is linked.
#pragma once

#include <cstdio>
#include <string>

#include "absl/base/overlay_version.h"

namespace absl {

template <typename... Args>
std::string StrFormat(const char* format, const Args&...) {
  return format;
}

template <typename... Args>
int FPrintF(std::FILE*, const char*, const Args&...) {
  return 0;
}

}  // namespace absl
