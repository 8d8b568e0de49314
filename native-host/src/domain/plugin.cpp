#include "domain/plugin.hpp"

namespace portcullis::bff {

BundleResult Plugin::load_bundle() const {
  // Without a promised hash no browser can verify the bundle, so it is not served.
  if (bundle_file.empty() || !promised || !bundles) return {};
  BundleResult result = bundles->load(bundle_file);
  if (result.ok() && result.bundle->integrity() != *promised) {
    return {Code::kIntegrityMismatch, nullptr};
  }
  return result;
}

}  // namespace portcullis::bff
