// Messages: a pattern with fillings. Internal to the core.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace portcullis {

/// A text or number to fill into a pattern. Refers to the text, does not own it.
class Filling {
 public:
  Filling(std::string_view text) noexcept : at_(text.data()), size_(text.size()) {}
  Filling(const char* text) noexcept : Filling(std::string_view(text)) {}
  Filling(const std::string& text) noexcept : at_(&text), size_(kString) {}
  Filling(std::size_t number) noexcept : at_(&kNumber), size_(number) {}

 private:
  friend std::string filled(const char* pattern, std::initializer_list<Filling> fillings);
  static constexpr std::size_t kString = static_cast<std::size_t>(-1);
  static constexpr char kNumber = 0;
  const void* at_;    // the text's bytes, the std::string, or &kNumber
  std::size_t size_;  // the text's size, kString, or the number
};

/// Replaces each '@' in the pattern by the next filling, and each '~' by the next one in double
/// quotes, shortened and with control bytes escaped. Keeps the code at call sites small.
[[nodiscard]] std::string filled(const char* pattern, std::initializer_list<Filling> fillings);

}  // namespace portcullis
