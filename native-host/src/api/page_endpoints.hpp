// The built page: its files, whole or in ranges, and the document for whatever a browser navigates
// to.
#pragma once

#include "api/request_context.hpp"
#include "domain/boot_tokens.hpp"

namespace portcullis::bff {

class PageEndpoints {
 public:
  explicit PageEndpoints(BootTokens& boot_tokens) : boot_tokens_(boot_tokens) {}

  /// GET of any path that is neither the server's own nor a route's.
  [[nodiscard]] Response file(RequestContext& call);

 private:
  [[nodiscard]] Response document_with_token(RequestContext& call, const StaticSite::File& file);

  BootTokens& boot_tokens_;
};

}  // namespace portcullis::bff
