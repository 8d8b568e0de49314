// Reads a signature in one of the two forms of `cosign sign-blob --key`:
//   base64            of the DER signature, on one line (`--output-signature`)
//   a Sigstore bundle JSON, v0.3, with a messageSignature (`--bundle`)
//
// In a bundle, the digest must be the expected one, and the verification material must be a public
// key, not a certificate (keyless signing does not work offline). The key's `hint` and transparency
// log entries are ignored: trust depends on the key alone.
//
// Pure. Never throws.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// The DER bytes, not yet validated. Returns nothing if the text has neither form.
[[nodiscard]] std::optional<std::string> read_signature(std::string_view text,
                                                        const std::array<std::uint8_t, 32>& sha256);

}  // namespace portcullis::bff
