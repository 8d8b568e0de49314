// The server's parts, handed to whoever handles a request. No globals: tests make as many as they
// like.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "config/snapshot_cell.hpp"
#include "enforce/operator_token.hpp"
#include "handlers/edition.hpp"
#include "handlers/login_throttle.hpp"
#include "handlers/site_watch.hpp"
#include "http/worker.hpp"
#include "state/shared_state.hpp"

namespace portcullis::bff {

struct App {
  App(SharedState& shared, LoadOptions options)
      : state(shared), cell(std::move(options)), logins(shared.clock) {}
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Quotas of the tables that are not in `state`; once a second.
  void tell_quotas();

  SharedState& state;
  SnapshotCell cell;
  EditionCell editions;
  ServerLoad load;
  OperatorToken operator_token;
  LoginThrottle logins;
  std::filesystem::path spa_override;  ///< --spa; empty: what settings.yaml says
  std::string pdp_url;                 ///< of the PDP's own listener; empty: none
  std::atomic<bool> ready{false};
  /// Called with what a reload brought, before it serves. Set before the first one.
  std::function<void(const Settings&)> settings_changed;
  std::mutex reload_mutex;  ///< one reload at a time, its consequences included
  SiteWatch site_watch;     ///< under reload_mutex
  /// The edition whose files are compressed next; the work on it may outlive this.
  std::shared_ptr<EditionSlot> to_compress = std::make_shared<EditionSlot>();
};

}  // namespace portcullis::bff
