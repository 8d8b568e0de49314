#include "decimal.hpp"

#include <array>

namespace portcullis {

void append_decimal(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  std::size_t first = digits.size();
  const auto put = [&](auto digit) { digits[--first] = static_cast<char>('0' + digit); };
  for (; number > UINT32_MAX; number /= 10) put(number % 10);
  auto rest = static_cast<std::uint32_t>(number);  // the usual case, and faster to divide
  do {
    put(rest % 10);
    rest /= 10;
  } while (rest > 0);
  out.append(digits.data() + first, digits.size() - first);
}

std::size_t read_decimal(std::string_view text, std::uint64_t& number) {
  constexpr std::size_t kMost = 18;  // 19 digits may overflow
  number = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && digits < kMost; ++digits) {
    const char c = text[digits];
    if (c < '0' || c > '9') break;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return digits;
}

}  // namespace portcullis
