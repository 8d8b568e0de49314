// Whole-buffer compression of content that is served many times.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// gzip (RFC 1952), level 9, without name and time, so equal input gives equal bytes. Nullopt on
/// failure.
std::optional<std::string> gzip_compress(std::string_view bytes);

/// Brotli (RFC 7932): quality 11 up to 256 KiB, 9 up to 1 MiB, 5 above, because one request waits
/// for it. Nullopt on failure.
std::optional<std::string> brotli_compress(std::string_view bytes);

}  // namespace portcullis::bff
