// Messages: a pattern with fillings. Internal to the core. A pattern with more or fewer places than
// fillings does not compile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace portcullis {

/// A text or number to fill into a pattern. Refers to the text, does not own it.
class Filling {
 public:
  Filling(std::string_view text) noexcept : at_(text.data()), size_(text.size()) {}
  Filling(const char* text) noexcept : Filling(std::string_view(text)) {}
  Filling(const std::string& text) noexcept : at_(&text), size_(kString) {}
  Filling(std::size_t number) noexcept : at_(&kNumber), size_(number) {}

 private:
  friend std::string fill(const char* pattern, const Filling* fillings);
  static constexpr std::size_t kString = static_cast<std::size_t>(-1);
  static constexpr char kNumber = 0;
  const void* at_;    // the text's bytes, the std::string, or &kNumber
  std::size_t size_;  // the text's size, kString, or the number
};

/// How many '@' and '~' the pattern has.
constexpr std::size_t places(const char* pattern) noexcept {
  std::size_t count = 0;
  for (; *pattern != '\0'; ++pattern) count += *pattern == '@' || *pattern == '~' ? 1 : 0;
  return count;
}

/// Not defined anywhere: its name appears in the compiler's error for a pattern that does not fit.
void the_pattern_has_another_number_of_places();

/// A pattern known to have `Places` places. Holds the address only; made at compile time.
template <std::size_t Places>
class CheckedPattern {
 public:
  consteval CheckedPattern(const char* pattern) : text_(pattern) {
    if (places(pattern) != Places) the_pattern_has_another_number_of_places();
  }
  [[nodiscard]] constexpr const char* text() const noexcept { return text_; }

 private:
  const char* text_;
};

/// The parameter type beside `const Filling (&)[Places]`: `Places` is deduced from the fillings.
template <std::size_t Places>
using Pattern = std::type_identity_t<CheckedPattern<Places>>;

/// filled() without the check; reads one filling for each place.
[[nodiscard]] std::string fill(const char* pattern, const Filling* fillings);

/// Replaces each '@' in the pattern by the next filling, and each '~' by the next one in double
/// quotes, shortened and with control bytes escaped. Keeps the code at call sites small.
template <std::size_t Places>
[[nodiscard]] std::string filled(Pattern<Places> pattern, const Filling (&fillings)[Places]) {
  return fill(pattern.text(), fillings);
}

}  // namespace portcullis
