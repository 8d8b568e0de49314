// The key that most shared state is kept under: a tenant and a plugin of it. Look-ups take views
// and allocate nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace portcullis::bff {

struct TenantPluginView {
  std::string_view tenant;
  std::string_view plugin_id;
};

struct TenantPlugin {
  std::string tenant;
  std::string plugin_id;
  TenantPlugin() = default;
  explicit TenantPlugin(TenantPluginView view) : tenant(view.tenant), plugin_id(view.plugin_id) {}
  [[nodiscard]] TenantPluginView view() const noexcept { return {tenant, plugin_id}; }
};

/// Transparent hash and equality for std::unordered_map.
struct TenantPluginHash {
  using is_transparent = void;
  std::size_t operator()(TenantPluginView key) const noexcept {
    const std::size_t a = std::hash<std::string_view>{}(key.tenant);
    const std::size_t b = std::hash<std::string_view>{}(key.plugin_id);
    return a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6U) + (a >> 2U));
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

}  // namespace portcullis::bff
