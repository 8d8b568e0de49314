// The composition root: creates every part of the server and connects them. Only app/ includes it;
// request handlers get just the parts they need. No globals, so tests can create any number.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/yaml/yaml_catalogue.hpp"
#include "api/endpoint_table.hpp"
#include "api/gateway.hpp"
#include "api/login_throttle.hpp"
#include "api/reloading.hpp"
#include "api/serving_state.hpp"
#include "app/configured_pdp.hpp"
#include "app/shared_state.hpp"
#include "app/site_watch.hpp"
#include "enforce/operator_token.hpp"
#include "http/worker.hpp"
#include "lab/lab_fixture_routes.hpp"

namespace portcullis::bff {

struct App;

/// Lets endpoints trigger reloads (app/reload.cpp).
class AppReloading final : public Reloading {
 public:
  explicit AppReloading(App& app) : app_(app) {}
  [[nodiscard]] ReloadOutcome reload() override;
  void end_orphaned_sessions() override;

 private:
  App& app_;
};

/// All parts of one server. Members are declared in order of dependency.
struct App {
  App(SharedState& shared, LoadOptions options);
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// The parts of a gateway; each worker has one gateway.
  [[nodiscard]] Gateway::Parts gateway_parts();

  /// Publishes the quota metrics of tables that are not in `state`. Once a second.
  void tell_quotas();

  SharedState& state;
  YamlCatalogue catalogue;
  ServingStateCell serving_states;
  ServerLoad load;
  OperatorToken operator_token;
  LoginThrottle logins;
  std::filesystem::path spa_override;  ///< --spa; empty: from settings.yaml
  std::atomic<bool> ready{false};
  AppReloading reloading{*this};
  ConfiguredPdp pdp;
  LabFixtureRoutes fixtures;
  Endpoints endpoints;
  /// Called with reloaded settings before they are served. Set before the first reload.
  std::function<void(const Settings&)> settings_changed;
  std::mutex reload_mutex;  ///< one reload at a time, including its consequences
  SiteWatch site_watch;     ///< guarded by reload_mutex
  /// The state whose files are compressed next; the work on it may outlive this object.
  std::shared_ptr<ServingStateSlot> to_compress = std::make_shared<ServingStateSlot>();
};

}  // namespace portcullis::bff
