// The state that answers depend on and a reload replaces: configuration, single-page app and
// headers, as one immutable value. A request keeps the one it started with, so it never sees a
// partial reload.
//
// Call ServingStateCell::install() before serving; get() is thread-safe; each worker has its own
// ServingStateReader.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/config.hpp"
#include "http/security_headers.hpp"
#include "http/static_site.hpp"

namespace portcullis::bff {

/// The answer to GET /api/plugins/manifests for one tenant and quarantine state.
struct ManifestsAnswer {
  std::string etag;
  std::shared_ptr<const Content> document;  ///< provides the compressed forms
};

/// One configuration generation as served.
struct ServingState {
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<const StaticSite> site;  ///< null: no page is served
  SecurityHeaders headers;

  /// Composed once per tenant and `left_out` (sorted plugin ids joined by spaces); the latest kKept
  /// of each tenant are cached. Thread-safe.
  [[nodiscard]] ManifestsAnswer manifests(const Tenant& tenant, const std::string& left_out) const;

 private:
  static constexpr std::size_t kKept = 4;
  struct Kept {
    std::string left_out;
    ManifestsAnswer answer;
  };
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::vector<Kept>, std::less<>> manifests_;  // by tenant
};
using ServingStatePtr = std::shared_ptr<const ServingState>;

/// Builds a state. `site` may be null.
[[nodiscard]] std::shared_ptr<ServingState> make_serving_state(
    std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const StaticSite> site);

/// Holds a state that is waiting to be used. Thread-safe.
class ServingStateSlot {
 public:
  /// Replaces the content and returns the old one.
  ServingStatePtr exchange(ServingStatePtr next) {
    const std::lock_guard lock(mutex_);
    return std::exchange(state_, std::move(next));
  }

 private:
  std::mutex mutex_;
  ServingStatePtr state_;
};

/// The current state. Thread-safe.
class ServingStateCell {
 public:
  /// Makes `next` current.
  void install(ServingStatePtr next);
  /// The current state.
  [[nodiscard]] ServingStatePtr get() const;
  /// Increases with each install().
  [[nodiscard]] std::uint64_t number() const noexcept {
    return number_.load(std::memory_order_acquire);
  }

 private:
  mutable std::mutex mutex_;
  ServingStatePtr current_;
  std::atomic<std::uint64_t> number_{0};
};

/// One thread's view of the cell: takes no lock while nothing changes.
class ServingStateReader {
 public:
  explicit ServingStateReader(const ServingStateCell& cell) : cell_(cell) {}
  /// The current state, cached per thread.
  const ServingStatePtr& get() {
    const std::uint64_t now = cell_.number();
    if (now != seen_) {
      cached_ = cell_.get();
      seen_ = now;
    }
    return cached_;
  }

 private:
  const ServingStateCell& cell_;
  std::uint64_t seen_ = 0;
  ServingStatePtr cached_;
};

}  // namespace portcullis::bff
