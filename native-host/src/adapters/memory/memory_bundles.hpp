// Bundles in memory, for tests. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "domain/bundle_source.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

/// The in-memory bundle source.
class MemoryBundles final : public BundleSource {
 public:
  /// Adds or replaces a bundle.
  void put(const std::string& relative, std::string bytes) {
    const std::lock_guard lock(mutex_);
    bundles_[relative] = std::move(bytes);
  }

  BundleResult load(const std::string& relative) override {
    const std::lock_guard lock(mutex_);
    const auto found = bundles_.find(relative);
    if (found == bundles_.end()) return {};
    if (found->second.size() > limits::kMaxBundleBytes) return {Code::kBodyTooLarge, nullptr};
    return {Code::kAllowed, std::make_shared<const Content>(found->second)};
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> bundles_;
};

}  // namespace portcullis::bff
