// In the place of Abseil's file, whose tables are a library.
#pragma once

#include "absl/base/overlay_version.h"

namespace absl {

constexpr bool ascii_isdigit(unsigned char c) { return c >= '0' && c <= '9'; }
constexpr bool ascii_isalnum(unsigned char c) {
  return ascii_isdigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool ascii_isspace(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace absl
