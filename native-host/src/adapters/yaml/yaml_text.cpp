#include "adapters/yaml/yaml_text.hpp"

#include <array>
#include <cstddef>

namespace portcullis::bff {
namespace {

/// Three blocks of the private-use area of the BMP, each as large as the surrogates.
constexpr std::array<unsigned, 3> kBlocks{0xe000, 0xe800, 0xf000};
constexpr unsigned kSurrogates = 0xd800;
constexpr unsigned kLowSurrogates = 0xdc00;
constexpr unsigned kBlockSize = 0x800;

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The value of `\uXXXX` at `at`, or -1.
int escape_at(std::string_view text, std::size_t at) noexcept {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int value = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/// The BMP character encoded by three bytes at `at`, or -1.
int three_bytes_at(std::string_view text, std::size_t at) noexcept {
  if (at + 3 > text.size() || (static_cast<unsigned char>(text[at]) & 0xf0U) != 0xe0U) return -1;
  const auto bits = [&](std::size_t i, unsigned mask) {
    return static_cast<unsigned char>(text[at + i]) & mask;
  };
  return static_cast<int>((bits(0, 0x0f) << 12U) | (bits(1, 0x3f) << 6U) | bits(2, 0x3f));
}

bool in_block(int value, unsigned base) noexcept {
  return value >= static_cast<int>(base) && value < static_cast<int>(base + kBlockSize);
}

/// Moves an escape from one block to another by changing its two high digits; keeps the case of the
/// first letter.
void move_escape(std::string& text, std::size_t at, unsigned from, unsigned to) {
  const char* digits = text[at + 2] >= 'a' ? "0123456789abcdef" : "0123456789ABCDEF";
  const unsigned high = static_cast<unsigned>(escape_at(text, at)) - from + to;
  text[at + 2] = digits[(high >> 12U) & 0xfU];
  text[at + 3] = digits[(high >> 8U) & 0xfU];
}

void append_utf8(unsigned character, std::string& out) {
  out += static_cast<char>(0xf0U | (character >> 18U));
  out += static_cast<char>(0x80U | ((character >> 12U) & 0x3fU));
  out += static_cast<char>(0x80U | ((character >> 6U) & 0x3fU));
  out += static_cast<char>(0x80U | (character & 0x3fU));
}

}  // namespace

SurrogateEscapes::SurrogateEscapes(std::string_view text) : original_(text) {
  std::array<bool, kBlocks.size()> used{};
  bool any = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int value = text[i] == '\\' ? escape_at(text, i) : three_bytes_at(text, i);
    if (text[i] == '\\' && in_block(value, kSurrogates)) any = true;
    for (std::size_t k = 0; k < kBlocks.size(); ++k) used[k] |= in_block(value, kBlocks[k]);
  }
  if (!any) return;
  for (std::size_t k = 0; k < kBlocks.size() && base_ == 0; ++k) {
    if (!used[k]) base_ = kBlocks[k];
  }
  if (base_ == 0) return;  // the parser reports that it does not accept such an escape
  replaced_ = std::string(text);
  for (std::size_t i = 0; i < replaced_.size(); ++i) {
    if (replaced_[i] != '\\' || !in_block(escape_at(replaced_, i), kSurrogates)) continue;
    move_escape(replaced_, i, kSurrogates, base_);
  }
}

bool SurrogateEscapes::restore(std::string& value) const {
  if (base_ == 0) return true;
  std::string out;
  unsigned high = 0;  // the first half of a pair
  for (std::size_t i = 0; i < value.size(); ++i) {
    const int character = three_bytes_at(value, i);
    if (in_block(character, base_)) {
      const unsigned unit = static_cast<unsigned>(character) - base_ + kSurrogates;
      const bool low = unit >= kLowSurrogates;
      if (low != (high != 0)) return false;
      if (low) {
        append_utf8(0x10000 + ((high - kSurrogates) << 10U) + (unit - kLowSurrogates), out);
      }
      high = low ? 0 : unit;
      i += 2;
      continue;
    }
    if (high != 0) return false;
    // Text that only looks like an escape: in a plain scalar, in single quotes, after a backslash.
    if (value[i] == '\\' && in_block(escape_at(value, i), base_)) {
      move_escape(value, i, base_, kSurrogates);
    }
    out += value[i];
  }
  if (high != 0) return false;
  value = std::move(out);
  return true;
}

}  // namespace portcullis::bff
