#include "handlers/gateway.hpp"

#include <exception>

#include "handlers/handlers.hpp"
#include "http/ip_address.hpp"
#include "http/log.hpp"
#include "net/header_filter.hpp"

namespace portcullis::bff {

namespace {

Call& call_of(Exchange& exchange) { return *static_cast<Call*>(exchange.attachment().get()); }

}  // namespace

Gateway::Gateway(App& app, Worker& worker)
    : app_(app), client_(worker.context, &app.state.metrics), reader_(app.editions) {}

CallPtr Gateway::start(Exchange& exchange) {
  const EditionPtr& edition = reader_.get();
  exchange.set_headers(edition->headers, edition);
  const Request& request = exchange.request();
  auto call = std::make_shared<Call>(app_, client_, exchange, edition);
  call->started = app_.state.clock.steady();
  call->method = request.method;
  const Settings& settings = edition->snapshot->settings;
  call->from =
      client_address(request, exchange.peer(), settings.trusted_proxies, settings.forwarded);
  if (call->from.disputed) {
    call->note =
        "Forwarded and X-Forwarded-For name different clients: the proxy's own address was taken. "
        "Say in settings.yaml which of them the proxy writes (`forwarded`)";
  }
  // As it is passed on: one that is malformed is neither sent nor logged (Trace Context, 4.3).
  const std::string_view trace = request.single("traceparent").value_or("");
  if (valid_traceparent(trace)) call->traceparent = trace;
  exchange.attachment() = call;
  return call;
}

void Gateway::refuse(Exchange& exchange, Code code, std::string_view detail) {
  const CallPtr call = start(exchange);
  exchange.respond(call->problem(code, detail).close());
}

bool Gateway::serve_now(Exchange& exchange) {
  const CallPtr call = start(exchange);
  try {
    const Request& request = exchange.request();
    call->judgement =
        judge(request,
              {*call->edition->snapshot, app_.state.sessions, *app_.state.quarantine,
               app_.state.rates, app_.operator_token, app_.state.page_keys,
               call->from.scheme_known ? std::string_view(call->from.scheme) : std::string_view()});
    if (call->judgement.rated) handlers::add_rate_lines(exchange, call->judgement.rate);
    if (!call->judgement.allowed()) {
      deny(*call);
      return true;
    }
    return dispatch_now(*call);
  } catch (const std::exception& error) {
    call->note = error.what();
    call->refuse(Code::kInternal);
    return true;
  }
}

void Gateway::deny(Call& call) {
  const Judgement& judgement = call.judgement;
  call.judged_against = true;
  Response response = call.problem(judgement.code, judgement.detail);
  if (judgement.code == Code::kMethodNotAllowed) response.header("Allow", judgement.target.allow);
  if (judgement.code == Code::kRateLimited) {
    response.header("Retry-After", std::to_string(judgement.rate.retry_after_s));
  }
  call.exchange.respond(std::move(response));
}

/// What needs no waiting.
bool Gateway::dispatch_now(Call& call) {
  const auto answer = [&call](Response response) {
    call.exchange.respond(std::move(response));
    return true;
  };
  switch (call.judgement.target.endpoint) {
    case Endpoint::kManifests:
      return answer(handlers::manifests(call));
    case Endpoint::kBundle:
      return answer(handlers::bundle(call));
    case Endpoint::kSecureEcho:
      return answer(handlers::secure_echo(call));
    case Endpoint::kHealth:
      return answer(handlers::health(call));
    case Endpoint::kConfigUi:
      return answer(handlers::config_ui(call));
    case Endpoint::kQuarantineList:
      return answer(handlers::quarantine_list(call));
    case Endpoint::kLogout:
      return answer(handlers::logout(call));
    case Endpoint::kSession:
      return answer(handlers::session(call));
    case Endpoint::kPageKeyRenew:
      return answer(handlers::page_key_renew(call));
    case Endpoint::kStatic:
      return answer(handlers::static_file(call));
    case Endpoint::kOptions:
      return answer(Response(204).header("Allow", call.judgement.target.allow));
    case Endpoint::kRoute:
      return handlers::fixture_now(call);
    case Endpoint::kNothing:
    case Endpoint::kRefresh:
    case Endpoint::kQuarantine:
    case Endpoint::kUnquarantine:
    case Endpoint::kTelemetry:
    case Endpoint::kEvents:
    case Endpoint::kConfigStream:
    case Endpoint::kEvaluation:
    case Endpoint::kEvaluations:
    case Endpoint::kLogin:
    case Endpoint::kPageKey:
    case Endpoint::kPageKeyState:
      break;
  }
  return false;
}

boost::asio::awaitable<void> Gateway::dispatch(Call& call) {
  switch (call.judgement.target.endpoint) {
    case Endpoint::kRefresh:
      return handlers::refresh(call);
    case Endpoint::kQuarantine:
      return handlers::quarantine(call);
    case Endpoint::kUnquarantine:
      return handlers::unquarantine(call);
    case Endpoint::kTelemetry:
      return handlers::telemetry(call);
    case Endpoint::kEvents:
      return handlers::events(call);
    case Endpoint::kConfigStream:
      return handlers::config_stream(call);
    case Endpoint::kEvaluation:
      return handlers::evaluation(call, false);
    case Endpoint::kEvaluations:
      return handlers::evaluation(call, true);
    case Endpoint::kLogin:
      return handlers::login(call);
    case Endpoint::kPageKey:
      return handlers::page_key(call);
    case Endpoint::kPageKeyState:
      return handlers::page_key_state(call);
    default:
      return handlers::route(call);
  }
}

boost::asio::awaitable<void> Gateway::serve(Exchange& exchange) {
  // Held here: the connection lets go of its attachment only after this returned, but a handler
  // that is cut off must not see it go.
  const auto keep = exchange.attachment();
  Call& call = call_of(exchange);
  try {
    if (exchange.request().has_body()) {
      const Judgement& judged = call.judgement;
      exchange.allow_body(app_.state.bodies.open(
          judged.session ? judged.session->account() : std::string(), site_of(call.from.ip)));
    }
    co_await dispatch(call);
    co_return;
  } catch (const std::exception& error) {
    call.note = error.what();
  }
  // The request failed, not the server.
  if (exchange.started()) {
    call.code = Code::kInternal;
    exchange.abort();
  } else {
    call.refuse(Code::kInternal);
  }
}

void Gateway::done(Exchange& exchange, unsigned status, std::uint64_t bytes, bool complete) {
  if (!exchange.attachment()) return;
  Call& call = call_of(exchange);
  SharedState& state = app_.state;
  const std::chrono::nanoseconds took = state.clock.steady() - call.started;
  const PluginLabels who = call.labels();
  const RouteKind kind = call.judgement.target.kind;
  state.metrics.request(who, kind, status, call.first_byte.value_or(took));

  const bool by_plugin = call.judgement.target.needs.caller >= Needs::Caller::kPluginOptional &&
                         !call.judgement.plugin_id.empty() && kind != RouteKind::kBundle &&
                         kind != RouteKind::kStatic;
  if (call.judged_against) {
    state.metrics.denial(who, call.code);
    if (by_plugin && call.judgement.plugin != nullptr) {
      state.health.record_denial(who.tenant, who.plugin_id);
    }
    // Who has no session, or asks for what is not there, is no security event by that.
    if (call.code != Code::kSessionRequired && call.code != Code::kRouteNotFound &&
        call.code != Code::kMethodNotAllowed && call.code != Code::kRateLimited) {
      AuditRecord record;
      record.event = "denied";
      record.outcome = name(call.code);
      record.tenant = who.tenant;
      record.actor = call.actor();
      record.plugin_id = who.plugin_id;
      record.version = who.version;
      record.method = call.method;
      record.target = call.judgement.path();
      record.remote_ip = call.from.ip;
      record.request_id = exchange.request_id();
      state.audit->refusal(std::move(record), site_of(call.from.ip));
    }
  } else if (by_plugin && !who.version.empty()) {
    state.health.record(who.tenant, who.plugin_id, status, call.first_byte.value_or(took));
  }
  const LogLevel level = status >= 500 ? LogLevel::kError : LogLevel::kInfo;
  if (log_enabled(level)) log_members(level, access_line(call, status, bytes, complete, took));
}

}  // namespace portcullis::bff
