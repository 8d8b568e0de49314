// Builds the body of GET /api/plugins/manifests.
//
// Quarantine changes without a reload. The array of all enabled manifests is therefore built once
// per snapshot (Tenant::manifests_json), and arrays with plugins left out by compose_manifests().
// Pure functions.
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

/// A body with its ETag.
struct ManifestsDocument {
  std::string json;
  std::string etag;  ///< strong, over the bytes, with quotes
};

/// The tenant's manifests without those for which `left_out` returns true, in the order of
/// plugins.yaml. Admission (enforce/admission.hpp) decides which are left out.
ManifestsDocument compose_manifests(const Tenant& tenant,
                                    const std::function<bool(const Plugin&)>& left_out);

/// "/api/plugins/bundle?entry=ID&id=ID&v=HEX"; without `v` if no integrity is promised.
std::string bundle_url(std::string_view plugin_id, const Integrity* promised);

/// The wire form of a manifest, with its bundle URL and integrity.
std::string wire_manifest(const Manifest& manifest, std::string_view url,
                          const Integrity* promised);

}  // namespace portcullis::bff
