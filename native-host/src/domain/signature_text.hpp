// A signature as it is written down, in one of the two forms that `cosign sign-blob --key` has:
//   base64            of the DER signature, on one line (`--output-signature`)
//   a Sigstore bundle JSON, v0.3, with a messageSignature (`--bundle`)
//
// Of a bundle, the signature counts; the digest in it has to be the one that is asked about, and
// who made it is said by a public key, not by a certificate (keyless signing is not offline).
// Its `hint` and what a transparency log said are not looked at: trust is the key's alone.
//
// Pure. Never throws.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// The DER bytes, which may still be anything. Nothing for what is in neither form.
[[nodiscard]] std::optional<std::string> read_signature(std::string_view text,
                                                        const std::array<std::uint8_t, 32>& sha256);

}  // namespace portcullis::bff
