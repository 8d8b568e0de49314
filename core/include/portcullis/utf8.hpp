// UTF-8 as the WHATWG Encoding Standard reads it.
//
// What it decides: whether bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at
// most U+10FFFF), and what the "UTF-8 decoder" (Encoding Standard, section 8.1.1) makes of bytes
// that are not: each maximal part of a broken sequence becomes one U+FFFD.
// What it does not: no normalisation, no byte order mark handling, no case.
//
// Stateless, no allocation unless it appends, O(n).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace portcullis::utf8 {

/// True when no byte has its high bit set. Reads eight bytes at a time.
[[nodiscard]] bool is_ascii(std::string_view bytes) noexcept;

/// True when the bytes are valid UTF-8.
[[nodiscard]] bool is_valid(std::string_view bytes) noexcept;

/// Appends the bytes to `out`, with U+FFFD where they are not valid, as TextDecoder does.
/// At most three bytes are appended for each byte read.
void append_lossy(std::string_view bytes, std::string& out);

/// One step of decoding from `at` (which must be below size()): the code point there, or U+FFFD
/// for a broken sequence. `length` is the number of bytes that belong to it, at least one.
[[nodiscard]] char32_t decode_at(std::string_view bytes, std::size_t at,
                                 std::size_t& length) noexcept;

/// The length of the text in UTF-16 code units, which is what JavaScript's `length` counts.
[[nodiscard]] std::size_t utf16_length(std::string_view bytes) noexcept;

}  // namespace portcullis::utf8
