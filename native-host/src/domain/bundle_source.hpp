// The port that gives a plugin's bundle (adapters/files/bundle_files.hpp). It has no notion of
// plugins, tenants or promises: plugin.hpp compares the bytes with the manifest's.
//
// Contract of every source (native-host/tests/adapters/bundle_source_contract_test.cpp):
//   consistency  the hash, ETag and bytes of one result belong together, whatever happens to the
//                source later; a change shows in a later load().
//   failure      a code: kBundleNotFound, kBundleOutsideRoot, kBodyTooLarge (over
//                limits::kMaxBundleBytes).
//   blocking     load() may read a file that the system has cached; it never waits for a network.
// Safe from any thread.
#pragma once

#include <memory>
#include <string>

#include "base/content.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

struct BundleResult {
  Code code = Code::kBundleNotFound;  ///< kAllowed when `bundle` is set
  std::shared_ptr<const Content> bundle;
  bool ok() const noexcept { return bundle != nullptr; }
};

class BundleSource {
 public:
  BundleSource() = default;
  virtual ~BundleSource() = default;
  BundleSource(const BundleSource&) = delete;
  BundleSource& operator=(const BundleSource&) = delete;

  /// The bundle of this name: a path relative to the source's root, without leading '/'.
  virtual BundleResult load(const std::string& relative) = 0;
};

}  // namespace portcullis::bff
