// /api/plugins/page-key: trades a boot token for a page key, renews a key, and receives page state
// changes.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/json_bodies.hpp"
#include "domain/boot_tokens.hpp"
#include "domain/page_keys.hpp"
#include "domain/sessions.hpp"

namespace portcullis::bff {

/// Members may be called only after judge() has allowed the call.
class PageKeyEndpoints {
 public:
  struct Parts {
    const SessionStore& sessions;
    BootTokens& boot_tokens;
    PageKeys& page_keys;
    JsonBodies bodies;
  };
  explicit PageKeyEndpoints(Parts parts) : parts_(parts) {}

  /// POST /api/plugins/page-key
  [[nodiscard]] boost::asio::awaitable<void> trade(RequestContext& call);
  /// POST /api/plugins/page-key/renew
  [[nodiscard]] boost::asio::awaitable<void> renew(RequestContext& call);
  /// POST /api/plugins/page-key/state
  [[nodiscard]] boost::asio::awaitable<void> change(RequestContext& call);

 private:
  [[nodiscard]] Response answer(RequestContext& call, const NewPageKey& key);

  Parts parts_;
};

}  // namespace portcullis::bff
