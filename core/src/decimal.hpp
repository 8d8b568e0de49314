// Numbers as text. Internal to the core.
#pragma once

#include <cstdint>
#include <string>

namespace portcullis {

/// Appends the number's decimal digits.
void append_decimal(std::string& out, std::uint64_t number);

}  // namespace portcullis
