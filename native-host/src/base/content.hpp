// Content that is served more than once: its bytes, hash, ETag and compressed forms.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "portcullis/integrity.hpp"

namespace portcullis::bff {

enum class Encoding { kIdentity, kGzip, kBrotli };

/// Bytes with what a response needs of them. Immutable but for the compressed forms, which are made
/// once, under a lock, when first asked for. Thread-safe.
class Content {
 public:
  explicit Content(std::string bytes);

  std::shared_ptr<const std::string> identity() const noexcept { return identity_; }
  /// The body in that encoding; null when it would not be smaller than the identity (the caller
  /// then sends that). The first call compresses: some milliseconds for a usual bundle.
  std::shared_ptr<const std::string> body(Encoding encoding) const;

  const Integrity& integrity() const noexcept { return integrity_; }
  const std::string& sha256_hex() const noexcept { return hex_; }
  /// `"sha256-HEX"`, with its quotes.
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
