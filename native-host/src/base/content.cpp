#include "base/content.hpp"

#include <optional>
#include <utility>

#include "base/compress.hpp"
#include "base/sha256.hpp"

namespace portcullis::bff {
namespace {

std::shared_ptr<const std::string> if_smaller(std::optional<std::string> packed,
                                              const std::string& plain) {
  if (!packed || packed->size() >= plain.size()) return nullptr;
  packed->shrink_to_fit();
  return std::make_shared<const std::string>(*std::move(packed));
}

}  // namespace

Content::Content(std::string bytes)
    : identity_(std::make_shared<const std::string>(std::move(bytes))),
      integrity_{sha256(*identity_)},
      hex_(integrity_.hex()),
      etag_("\"sha256-" + hex_ + '"') {}

std::shared_ptr<const std::string> Content::body(Encoding encoding) const {
  switch (encoding) {
    case Encoding::kGzip:
      std::call_once(gzip_once_,
                     [this] { gzip_ = if_smaller(gzip_compress(*identity_), *identity_); });
      return gzip_;
    case Encoding::kBrotli:
      std::call_once(brotli_once_,
                     [this] { brotli_ = if_smaller(brotli_compress(*identity_), *identity_); });
      return brotli_;
    case Encoding::kIdentity:
      break;
  }
  return identity_;
}

}  // namespace portcullis::bff
