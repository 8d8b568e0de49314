// The built page: its files, whole or in ranges, and its document for navigation.
#pragma once

#include "api/request_context.hpp"
#include "domain/boot_tokens.hpp"

namespace portcullis::bff {

/// May be called only after judge() has allowed the call.
class PageEndpoints {
 public:
  explicit PageEndpoints(BootTokens& boot_tokens) : boot_tokens_(boot_tokens) {}

  /// GET of any path that is neither an endpoint nor a route.
  [[nodiscard]] Response file(RequestContext& call);

 private:
  [[nodiscard]] Response document_with_token(RequestContext& call, const StaticSite::File& file);

  BootTokens& boot_tokens_;
};

}  // namespace portcullis::bff
