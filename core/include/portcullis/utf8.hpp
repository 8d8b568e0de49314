// UTF-8 as in the WHATWG Encoding Standard: validation (RFC 3629: no surrogates, no overlong forms,
// at most U+10FFFF) and the "UTF-8 decoder" (section 8.1.1), which replaces each maximal invalid
// part by one U+FFFD. No normalisation, byte order marks or case mapping. Stateless, O(n); only
// append_lossy() allocates.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace portcullis::utf8 {

/// Whether the bytes are valid UTF-8.
[[nodiscard]] bool is_valid(std::string_view bytes) noexcept;

/// Appends the bytes to `out`, with U+FFFD for invalid parts, as TextDecoder does. Appends at most
/// three bytes per byte read.
void append_lossy(std::string_view bytes, std::string& out);

/// Decodes one code point at `at` (< size()); U+FFFD for an invalid sequence. Sets `length` to the
/// bytes consumed, at least one.
[[nodiscard]] char32_t decode_at(std::string_view bytes, std::size_t at,
                                 std::size_t& length) noexcept;

/// The length in UTF-16 code units, like JavaScript's `length`.
[[nodiscard]] std::size_t utf16_length(std::string_view bytes) noexcept;

}  // namespace portcullis::utf8
