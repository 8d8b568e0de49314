// The alphabets of base64 (RFC 4648, sections 4 and 5). Internal to the core.
#pragma once

namespace portcullis {

/// The six bits of one character; -1 for any other. `at62` and `at63`: '+' and '/', or '-' and '_'.
constexpr int base64_value(char c, char at62 = '+', char at63 = '/') noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == at62) return 62;
  return c == at63 ? 63 : -1;
}

}  // namespace portcullis
