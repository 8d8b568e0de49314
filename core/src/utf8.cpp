#include "portcullis/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace portcullis::utf8 {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080u;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::uint64_t load8(const char* p) noexcept {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// Number of ASCII bytes from `at`.
std::size_t ascii_run(std::string_view bytes, std::size_t at) noexcept {
  std::size_t i = at;
  while (i + 8 <= bytes.size() && (load8(bytes.data() + i) & kHighBits) == 0) i += 8;
  while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) < 0x80) ++i;
  return i - at;
}

struct Step {
  char32_t code_point;
  std::size_t length;
  bool valid;
};

/// Encoding Standard, "UTF-8 decoder": the bounds of the second byte depend on the first, and a
/// byte out of bounds is not consumed: it starts the next sequence.
Step step_at(std::string_view bytes, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1, true};
  std::size_t needed = 0;
  unsigned char lower = 0x80;
  unsigned char upper = 0xBF;
  char32_t code_point = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    needed = 1;
    code_point = first & 0x1Fu;
  } else if (first >= 0xE0 && first <= 0xEF) {
    if (first == 0xE0) lower = 0xA0;  // overlong
    if (first == 0xED) upper = 0x9F;  // surrogates
    needed = 2;
    code_point = first & 0x0Fu;
  } else if (first >= 0xF0 && first <= 0xF4) {
    if (first == 0xF0) lower = 0x90;  // overlong
    if (first == 0xF4) upper = 0x8F;  // above U+10FFFF
    needed = 3;
    code_point = first & 0x07u;
  } else {
    return {0xFFFD, 1, false};
  }
  for (std::size_t i = 1; i <= needed; ++i) {
    if (at + i >= bytes.size() || byte(at + i) < lower || byte(at + i) > upper) {
      return {0xFFFD, i, false};
    }
    code_point = (code_point << 6) | (byte(at + i) & 0x3Fu);
    lower = 0x80;
    upper = 0xBF;
  }
  return {code_point, needed + 1, true};
}

}  // namespace

bool is_valid(std::string_view bytes) noexcept {
  std::size_t i = 0;
  while (i < bytes.size()) {
    i += ascii_run(bytes, i);
    while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) >= 0x80) {
      const Step step = step_at(bytes, i);
      if (!step.valid) return false;
      i += step.length;
    }
  }
  return true;
}

void append_lossy(std::string_view bytes, std::string& out) {
  std::size_t copied = 0;  // everything before it is in `out`
  std::size_t i = 0;
  while (i < bytes.size()) {
    i += ascii_run(bytes, i);
    while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) >= 0x80) {
      const Step step = step_at(bytes, i);
      if (!step.valid) {
        out.append(bytes, copied, i - copied);
        out.append(kReplacement);
        copied = i + step.length;
      }
      i += step.length;
    }
  }
  out.append(bytes, copied, bytes.size() - copied);
}

char32_t decode_at(std::string_view bytes, std::size_t at, std::size_t& length) noexcept {
  const Step step = step_at(bytes, at);
  length = step.length;
  return step.code_point;
}

std::size_t utf16_length(std::string_view bytes) noexcept {
  std::size_t units = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    const Step step = step_at(bytes, i);
    units += step.code_point > 0xFFFF ? 2 : 1;
    i += step.length;
  }
  return units;
}

}  // namespace portcullis::utf8
