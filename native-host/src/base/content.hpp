// Content served more than once: bytes, hash, ETag and compressed forms.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "portcullis/integrity.hpp"

namespace portcullis::bff {

enum class Encoding { kIdentity, kGzip, kBrotli };

/// Bytes with the metadata a response needs. Immutable, except that each compressed form is made
/// once, on first use. Thread-safe.
class Content {
 public:
  explicit Content(std::string bytes);

  /// The uncompressed bytes.
  std::shared_ptr<const std::string> identity() const noexcept { return identity_; }
  /// The body in the given encoding; null if that would not be smaller than identity() (send that
  /// instead). The first call compresses: a few milliseconds for a usual bundle.
  std::shared_ptr<const std::string> body(Encoding encoding) const;

  /// SHA-256 of the bytes.
  const Integrity& integrity() const noexcept { return integrity_; }
  /// The same in lower-case hex.
  const std::string& sha256_hex() const noexcept { return hex_; }
  /// The strong ETag `"sha256-HEX"`, quotes included.
  const std::string& etag() const noexcept { return etag_; }

 private:
  std::shared_ptr<const std::string> identity_;
  Integrity integrity_;
  std::string hex_;
  std::string etag_;
  mutable std::once_flag gzip_once_;
  mutable std::once_flag brotli_once_;
  mutable std::shared_ptr<const std::string> gzip_;
  mutable std::shared_ptr<const std::string> brotli_;
};

}  // namespace portcullis::bff
