#include "domain/plugin.hpp"

namespace portcullis::bff {

BundleResult Plugin::load_bundle() const {
  // Without a promise no browser can check what it gets, so there is nothing to serve.
  if (bundle_file.empty() || !promised || !bundles) return {};
  BundleResult result = bundles->load(bundle_file);
  if (result.ok() && result.bundle->integrity() != *promised) {
    return {Code::kIntegrityMismatch, nullptr};
  }
  return result;
}

}  // namespace portcullis::bff
