// Port: reads a plugin's bundle (adapters/files/bundle_files.hpp). It knows nothing of plugins,
// tenants or integrity; plugin.hpp compares the bytes with the manifest's hash.
//
// Contract of every source (native-host/tests/adapters/bundle_source_contract_test.cpp):
//   consistency  hash, ETag and bytes of one result belong together, even if the source changes
//                later; a later load() returns the change.
//   failure      a code: kBundleNotFound, kBundleOutsideRoot, kBodyTooLarge (above
//                limits::kMaxBundleBytes).
//   blocking     load() may read a file from the system's cache; it never waits for a network.
// Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/content.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// A bundle, or the reason why there is none.
struct BundleResult {
  Code code = Code::kBundleNotFound;  ///< kAllowed if `bundle` is set
  std::shared_ptr<const Content> bundle;
  bool ok() const noexcept { return bundle != nullptr; }
};

/// A source of bundles.
class BundleSource {
 public:
  BundleSource() = default;
  virtual ~BundleSource() = default;
  BundleSource(const BundleSource&) = delete;
  BundleSource& operator=(const BundleSource&) = delete;

  /// Loads a bundle. `relative`: path relative to the source's root, without leading '/'.
  virtual BundleResult load(const std::string& relative) = 0;
};

}  // namespace portcullis::bff
