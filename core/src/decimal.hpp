// Numbers as text. Internal to the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis {

/// Appends the number's decimal digits.
void append_decimal(std::string& out, std::uint64_t number);

/// Reads the digits that the text begins with, 18 at most; how many they are.
[[nodiscard]] std::size_t read_decimal(std::string_view text, std::uint64_t& number);

}  // namespace portcullis
