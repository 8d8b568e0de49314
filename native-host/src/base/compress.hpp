// Whole-buffer compression of content that is served many times.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// RFC 1952, level 9, without name and time, so that equal input gives equal bytes.
std::optional<std::string> gzip_compress(std::string_view bytes);

/// RFC 7932. Quality 11 up to 256 KiB, 9 up to 1 MiB, 5 above: a request waits for it once.
std::optional<std::string> brotli_compress(std::string_view bytes);

}  // namespace portcullis::bff
