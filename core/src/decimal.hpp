// Decimal numbers as text. Internal to the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis {

/// Appends the number's decimal digits.
void append_decimal(std::string& out, std::uint64_t number);

/// Reads the leading digits, at most 18; returns how many.
[[nodiscard]] std::size_t read_decimal(std::string_view text, std::uint64_t& number);

}  // namespace portcullis
