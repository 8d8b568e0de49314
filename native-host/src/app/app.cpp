#include "app/app.hpp"

#include <utility>

namespace portcullis::bff {

namespace {

Endpoints make_endpoints(App& app) {
  SharedState& state = app.state;
  const JsonBodies bodies(state.blocking);
  const OpenCallJudge open_judge(state.sessions, *state.quarantine, app.serving_states);
  return {
      .plugins = PluginEndpoints({state.clock, *state.quarantine, state.metrics, *state.audit,
                                  state.health, state.telemetry, bodies}),
      .operators = OperatorEndpoints(
          {state.clock, *state.quarantine, *state.audit, state.blocking, app.reloading, bodies}),
      .events = EventEndpoints({state.clock, *state.quarantine, state.sessions, state.streams,
                                state.metrics, open_judge}),
      .access = AccessEndpoints({state.blocking, app.pdp}),
      .auth = AuthEndpoints({state.sessions, *state.audit, state.metrics, app.logins,
                             app.serving_states, app.reloading, bodies}),
      .page_keys = PageKeyEndpoints({state.sessions, state.boot_tokens, state.page_keys, bodies}),
      .routes =
          RouteEndpoints({state.breakers, state.streams, state.metrics, app.fixtures, open_judge}),
      .page = PageEndpoints(state.boot_tokens),
  };
}

}  // namespace

App::App(SharedState& shared, LoadOptions options)
    : state(shared),
      catalogue(std::move(options)),
      logins(shared.clock),
      pdp(shared.clock, shared.metrics),
      fixtures(shared.clock, shared.streams, shared.metrics,
               OpenCallJudge(shared.sessions, *shared.quarantine, serving_states)),
      endpoints(make_endpoints(*this)) {}

Gateway::Parts App::gateway_parts() {
  return {state.clock,   serving_states, state.sessions,  *state.quarantine,
          state.rates,   operator_token, state.page_keys, state.bodies,
          state.metrics, state.health,   *state.audit,    endpoints};
}

void App::tell_quotas() {
  Metrics& metrics = state.metrics;
  for (const Quota quota : {Quota::kAddress, Quota::kTenant}) {
    metrics.quota_evictions("login_failures", name(quota), logins.replaced().of(quota));
  }
  metrics.quota_refusals("connections", name(Quota::kAddress), load.addresses.refused());
}

}  // namespace portcullis::bff
