// Everything that an answer depends on and that a reload exchanges, as one value: the
// configuration, the single-page app, the headers. A request takes one and keeps it, so that it
// never sees half of a reload.
//
// Order of calls: ServingStateCell::install() once before serving; get() from any thread; each
// worker has an ServingStateReader of its own.
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

/// GET /api/plugins/manifests for one tenant and one state of its quarantine.
struct ManifestsAnswer {
  std::string etag;
  std::shared_ptr<const Content> document;  ///< for its compressed forms
};

struct ServingState {
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<const StaticSite> site;  ///< null: none is served
  SecurityHeaders headers;

  /// Composed once per tenant and `left_out` (plugin ids, sorted, joined by a space); the latest
  /// kKept of each tenant are kept.
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

/// `site` may be null.
[[nodiscard]] std::shared_ptr<ServingState> make_serving_state(
    std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const StaticSite> site);

/// One that waits for something. Safe from any thread.
class ServingStateSlot {
 public:
  /// What was in it.
  ServingStatePtr exchange(ServingStatePtr next) {
    const std::lock_guard lock(mutex_);
    return std::exchange(state_, std::move(next));
  }

 private:
  std::mutex mutex_;
  ServingStatePtr state_;
};

class ServingStateCell {
 public:
  void install(ServingStatePtr next);
  [[nodiscard]] ServingStatePtr get() const;
  [[nodiscard]] std::uint64_t number() const noexcept {
    return number_.load(std::memory_order_acquire);
  }

 private:
  mutable std::mutex mutex_;
  ServingStatePtr current_;
  std::atomic<std::uint64_t> number_{0};
};

/// One thread's view of the cell: no lock while nothing changes.
class ServingStateReader {
 public:
  explicit ServingStateReader(const ServingStateCell& cell) : cell_(cell) {}
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
