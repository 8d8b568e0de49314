// The key of most shared state: a tenant and one of its plugins. Look-ups take views and do not
// allocate.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/keyed_hash.hpp"

namespace portcullis::bff {

/// A non-owning key.
struct TenantPluginView {
  std::string_view tenant;
  std::string_view plugin_id;
};

/// An owning key.
struct TenantPlugin {
  std::string tenant;
  std::string plugin_id;
  TenantPlugin() = default;
  explicit TenantPlugin(TenantPluginView view) : tenant(view.tenant), plugin_id(view.plugin_id) {}
  [[nodiscard]] TenantPluginView view() const noexcept { return {tenant, plugin_id}; }
};

/// Transparent hash and equality. Keyed, because plugin ids come from clients.
struct TenantPluginHash {
  using is_transparent = void;
  std::size_t operator()(TenantPluginView key) const noexcept {
    SipKey of_tenant = process_hash_key();
    of_tenant.low ^= siphash24(of_tenant, key.tenant);
    return static_cast<std::size_t>(siphash24(of_tenant, key.plugin_id));
  }
  std::size_t operator()(const TenantPlugin& key) const noexcept { return (*this)(key.view()); }
};

struct TenantPluginEqual {
  using is_transparent = void;
  bool operator()(TenantPluginView a, TenantPluginView b) const noexcept {
    return a.tenant == b.tenant && a.plugin_id == b.plugin_id;
  }
  bool operator()(const TenantPlugin& a, const TenantPlugin& b) const noexcept {
    return (*this)(a.view(), b.view());
  }
  bool operator()(TenantPluginView a, const TenantPlugin& b) const noexcept {
    return (*this)(a, b.view());
  }
  bool operator()(const TenantPlugin& a, TenantPluginView b) const noexcept {
    return (*this)(a.view(), b);
  }
};

/// A hash map by tenant and plugin id, with look-ups by view.
template <typename Value>
using TenantPluginMap =
    std::unordered_map<TenantPlugin, Value, TenantPluginHash, TenantPluginEqual>;

}  // namespace portcullis::bff
