// The manifests as GET /api/plugins/manifests sends them.
//
// Quarantine is shared state and changes without a reload, so the answer is composed per state:
// the array of all enabled manifests is made once per snapshot (Tenant::manifests_json), one with
// plugins left out by compose_manifests().
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace portcullis {
struct Manifest;
struct Integrity;
}  // namespace portcullis

namespace portcullis::bff {

struct Tenant;
struct Plugin;

struct ManifestsDocument {
  std::string json;
  std::string etag;  ///< strong, over the bytes, with its quotes
};

/// The tenant's manifests for which `left_out` is false, in the order of plugins.yaml. Which are
/// left out, admission decides (enforce/admission.hpp).
ManifestsDocument compose_manifests(const Tenant& tenant,
                                    const std::function<bool(const Plugin&)>& left_out);

/// "/api/plugins/bundle?entry=ID&id=ID&v=HEX"; without v when there is no promise.
std::string bundle_url(std::string_view plugin_id, const Integrity* promised);

/// The manifest's wire form with its bundle.
std::string wire_manifest(const Manifest& manifest, std::string_view url,
                          const Integrity* promised);

}  // namespace portcullis::bff
