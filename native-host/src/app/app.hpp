// The composition root: every part of the server, and who is given which. Only app/ sees it; what
// answers a request is handed the parts that it needs. No globals: tests make as many as they like.
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

/// What the endpoints may ask of the composition root (app/reload.cpp).
class AppReloading final : public Reloading {
 public:
  explicit AppReloading(App& app) : app_(app) {}
  [[nodiscard]] ReloadOutcome reload() override;
  void end_orphaned_sessions() override;

 private:
  App& app_;
};

struct App {
  App(SharedState& shared, LoadOptions options);
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// What a gateway is made of; one gateway to a worker.
  [[nodiscard]] Gateway::Parts gateway_parts();

  /// Quotas of the tables that are not in `state`; once a second.
  void tell_quotas();

  SharedState& state;
  YamlCatalogue catalogue;
  ServingStateCell serving_states;
  ServerLoad load;
  OperatorToken operator_token;
  LoginThrottle logins;
  std::filesystem::path spa_override;  ///< --spa; empty: what settings.yaml says
  std::atomic<bool> ready{false};
  AppReloading reloading{*this};
  ConfiguredPdp pdp;
  LabFixtureRoutes fixtures;
  Endpoints endpoints;
  /// Called with what a reload brought, before it serves. Set before the first one.
  std::function<void(const Settings&)> settings_changed;
  std::mutex reload_mutex;  ///< one reload at a time, its consequences included
  SiteWatch site_watch;     ///< under reload_mutex
  /// The serving state whose files are compressed next; the work on it may outlive this.
  std::shared_ptr<ServingStateSlot> to_compress = std::make_shared<ServingStateSlot>();
};

}  // namespace portcullis::bff
