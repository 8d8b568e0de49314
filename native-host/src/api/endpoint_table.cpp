#include "api/endpoint_table.hpp"

#include <array>

namespace portcullis::bff {

namespace {

using Caller = Needs::Caller;
using Csrf = Needs::Csrf;
using Rule = Needs::Rule;
using Stamped = Needs::Stamp;

// A call with a plugin id is that plugin's call wherever it goes. No rule can allow the host's own
// endpoints (reserved.hpp), so it is an ALLOWLIST_VIOLATION there.
constexpr Needs kHostCall{};
constexpr Needs kPluginCall{.caller = Caller::kPluginRequired};
constexpr Needs kTelemetry{
    .caller = Caller::kPluginRequired, .purpose = Purpose::kTelemetry, .rule = Rule::kNone};
constexpr Needs kOperator{.operator_role = true, .caller = Caller::kHostOnly};
constexpr Needs kAuthzen{.purpose = Purpose::kEvaluate, .rule = Rule::kNone};
constexpr Needs kTheme{.purpose = Purpose::kStream, .rule = Rule::kSse};
// There is no page key before a session. The session's own endpoints reveal and end only what the
// cookie's owner may.
constexpr Needs kAuth{.caller = Caller::kHostOnly, .stamp = Stamped::kNone};
constexpr Needs kAskNeeds{
    .csrf = Csrf::kLogin, .caller = Caller::kHostOnly, .stamp = Stamped::kNone};
constexpr Needs kLoginNeeds{
    .session = false, .csrf = Csrf::kLogin, .caller = Caller::kHostOnly, .stamp = Stamped::kNone};
// The trade provides the key to stamp with; state changes carry their own MAC.
constexpr Needs kPageKey{.caller = Caller::kHostOnly, .stamp = Stamped::kNone};
constexpr Needs kPageKeyRenew{.caller = Caller::kHostOnly, .stamp = Stamped::kAlways};

/// Exactly one is set.
struct Handler {
  Response (*now)(Endpoints&, RequestContext&) = nullptr;
  boost::asio::awaitable<void> (*later)(Endpoints&, RequestContext&) = nullptr;
};
constexpr Handler now(Response (*handler)(Endpoints&, RequestContext&)) {
  return {handler, nullptr};
}
constexpr Handler later(boost::asio::awaitable<void> (*handler)(Endpoints&, RequestContext&)) {
  return {nullptr, handler};
}

struct Row {
  EndpointSpec spec;
  Handler handler;
};

constexpr std::array kRows{std::to_array<Row>({
    {{"GET", "/api/plugins/manifests", RouteKind::kManifests, kHostCall},
     now([](Endpoints& e, RequestContext& c) { return e.plugins.manifests(c); })},
    {{"GET", "/api/plugins/bundle", RouteKind::kBundle, kHostCall},
     now([](Endpoints& e, RequestContext& c) { return e.plugins.bundle(c); })},
    {{"POST", "/api/plugins/refresh", RouteKind::kOperator, kOperator},
     later([](Endpoints& e, RequestContext& c) { return e.operators.refresh(c); })},
    {{"POST", "/api/plugins/quarantine/{id}", RouteKind::kOperator, kOperator},
     later([](Endpoints& e, RequestContext& c) { return e.operators.quarantine(c); })},
    {{"POST", "/api/plugins/unquarantine/{id}", RouteKind::kOperator, kOperator},
     later([](Endpoints& e, RequestContext& c) { return e.operators.unquarantine(c); })},
    {{"GET", "/api/plugins/quarantine", RouteKind::kOperator, kOperator},
     now([](Endpoints& e, RequestContext& c) { return e.operators.quarantine_list(c); })},
    {{"GET", "/api/plugins/secure-echo", RouteKind::kPlugin, kPluginCall},
     now([](Endpoints& e, RequestContext& c) { return e.plugins.secure_echo(c); })},
    {{"POST", "/api/plugins/telemetry", RouteKind::kPlugin, kTelemetry},
     later([](Endpoints& e, RequestContext& c) { return e.plugins.telemetry(c); })},
    {{"GET", "/api/plugins/health/{id}", RouteKind::kPlugin, kHostCall},
     later([](Endpoints& e, RequestContext& c) { return e.plugins.health(c); })},
    {{"GET", "/api/plugins/events", RouteKind::kEvents, kHostCall},
     later([](Endpoints& e, RequestContext& c) { return e.events.events(c); })},
    {{"GET", "/api/configs/ui", RouteKind::kConfigs, kHostCall},
     now([](Endpoints& e, RequestContext& c) { return e.events.config_ui(c); })},
    {{"GET", "/api/configs/stream", RouteKind::kConfigs, kTheme},
     later([](Endpoints& e, RequestContext& c) { return e.events.config_stream(c); })},
    {{"POST", "/access/v1/evaluation", RouteKind::kAccess, kAuthzen},
     later([](Endpoints& e, RequestContext& c) { return e.access.evaluate(c, false); })},
    {{"POST", "/access/v1/evaluations", RouteKind::kAccess, kAuthzen},
     later([](Endpoints& e, RequestContext& c) { return e.access.evaluate(c, true); })},
    {{"POST", "/auth/login", RouteKind::kAuth, kLoginNeeds},
     later([](Endpoints& e, RequestContext& c) { return e.auth.login(c); })},
    {{"POST", "/auth/logout", RouteKind::kAuth, kAuth},
     later([](Endpoints& e, RequestContext& c) { return e.auth.logout(c); })},
    {{"GET", "/auth/session", RouteKind::kAuth, kAskNeeds},
     now([](Endpoints& e, RequestContext& c) { return e.auth.session(c); })},
    {{"POST", "/api/plugins/page-key", RouteKind::kAuth, kPageKey},
     later([](Endpoints& e, RequestContext& c) { return e.page_keys.trade(c); })},
    {{"POST", "/api/plugins/page-key/renew", RouteKind::kAuth, kPageKeyRenew},
     later([](Endpoints& e, RequestContext& c) { return e.page_keys.renew(c); })},
    {{"POST", "/api/plugins/page-key/state", RouteKind::kAuth, kPageKey},
     later([](Endpoints& e, RequestContext& c) { return e.page_keys.change(c); })},
})};

constexpr auto kSpecs = [] {
  std::array<EndpointSpec, kRows.size()> specs{};
  for (std::size_t i = 0; i < kRows.size(); ++i) specs[i] = kRows[i].spec;
  return specs;
}();

}  // namespace

EndpointSpecs endpoint_specs() noexcept { return kSpecs; }

bool answer_now(Endpoints& endpoints, RequestContext& call) {
  const Target& target = call.judgement.target;
  switch (target.what) {
    case Target::What::kEndpoint: {
      const Handler& handler = kRows[target.endpoint].handler;
      if (handler.now == nullptr) return false;
      call.exchange.respond(handler.now(endpoints, call));
      return true;
    }
    case Target::What::kRoute:
      return endpoints.routes.route_now(call);
    case Target::What::kStatic:
      call.exchange.respond(endpoints.page.file(call));
      return true;
    case Target::What::kOptions:
      call.exchange.respond(Response(204).header("Allow", target.allow));
      return true;
    case Target::What::kNothing:
      break;  // judge() has refused it
  }
  call.refuse(Code::kRouteNotFound);
  return true;
}

boost::asio::awaitable<void> answer(Endpoints& endpoints, RequestContext& call) {
  const Target& target = call.judgement.target;
  if (target.what == Target::What::kEndpoint) {
    return kRows[target.endpoint].handler.later(endpoints, call);
  }
  return endpoints.routes.route(call);
}

}  // namespace portcullis::bff
