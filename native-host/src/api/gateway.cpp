#include "api/gateway.hpp"

#include <exception>
#include <utility>

#include "api/rate_lines.hpp"
#include "base/ip_address.hpp"
#include "base/log.hpp"
#include "upstream/header_filter.hpp"

namespace portcullis::bff {

namespace {

RequestContext& call_of(Exchange& exchange) {
  return *static_cast<RequestContext*>(exchange.attachment().get());
}

}  // namespace

Gateway::Gateway(const Parts& parts, Worker& worker)
    : parts_(parts), client_(worker.context, &parts.metrics), reader_(parts.serving_states) {}

RequestContextPtr Gateway::start(Exchange& exchange) {
  const ServingStatePtr& serving = reader_.get();
  exchange.set_headers(serving->headers, serving);
  const Request& request = exchange.request();
  auto call = std::make_shared<RequestContext>(client_, exchange, serving);
  call->started = parts_.clock.steady();
  call->method = request.method;
  const Settings& settings = serving->snapshot->settings;
  call->from =
      client_address(request, exchange.peer(), settings.trusted_proxies, settings.forwarded);
  if (call->from.disputed) {
    call->note =
        "Forwarded and X-Forwarded-For name different clients, so the proxy's own address is used. "
        "Set `forwarded` in settings.yaml to the one that the proxy writes";
  }
  // Logged only if it is forwarded: a malformed one is neither (Trace Context, section 4.3).
  const std::string_view trace = request.single("traceparent").value_or("");
  if (valid_traceparent(trace)) call->traceparent = trace;
  exchange.attachment() = call;
  return call;
}

void Gateway::refuse(Exchange& exchange, Code code, std::string_view detail) {
  const RequestContextPtr call = start(exchange);
  exchange.respond(call->problem(code, detail).close());
}

void Gateway::begin_judging(RequestContext& call) {
  call.judging = spare_ ? std::move(spare_) : std::make_unique<std::optional<Judging>>();
  const std::string_view scheme = call.from.scheme_known ? call.from.scheme : std::string_view();
  const JudgeInputs inputs{*call.serving->snapshot, endpoint_specs(), parts_.quarantine, scheme};
  const JudgeStores stores{parts_.sessions, parts_.page_keys, parts_.rates, parts_.operator_token};
  call.judging->emplace(call.exchange.request(), inputs, stores);
}

bool Gateway::denied(RequestContext& call, Judgement judgement) {
  call.judgement = std::move(judgement);
  if (call.judgement.rated) add_rate_lines(call.exchange, call.judgement.rate);
  if (call.judgement.allowed()) return false;
  deny(call);
  return true;
}

bool Gateway::serve_now(Exchange& exchange) {
  const RequestContextPtr call = start(exchange);
  try {
    begin_judging(*call);
    if (!(*call->judging)->advance()) return false;
    Judgement judgement = (*call->judging)->take();
    call->judging->reset();
    spare_ = std::move(call->judging);
    return denied(*call, std::move(judgement)) || answer_now(parts_.endpoints, *call);
  } catch (const std::exception& error) {
    call->note = error.what();
    call->refuse(Code::kInternal);
    return true;
  }
}

void Gateway::deny(RequestContext& call) {
  const Judgement& judgement = call.judgement;
  call.judged_against = true;
  Response response = call.problem(judgement.code, judgement.detail);
  if (judgement.code == Code::kMethodNotAllowed) response.header("Allow", judgement.target.allow);
  if (judgement.code == Code::kRateLimited) {
    response.header("Retry-After", std::to_string(judgement.rate.retry_after_s));
  }
  call.exchange.respond(std::move(response));
}

boost::asio::awaitable<void> Gateway::serve(Exchange& exchange) {
  // Keeps the context alive: the connection releases its attachment after this returns, but a
  // cancelled handler must not lose it.
  const auto keep = exchange.attachment();
  RequestContext& call = call_of(exchange);
  try {
    if (call.judging) {
      Judging& judging = **call.judging;
      co_await judging.finish();
      const bool answered = denied(call, judging.take());
      call.judging.reset();
      if (answered || answer_now(parts_.endpoints, call)) co_return;
    }
    if (exchange.request().has_body()) {
      const Judgement& judged = call.judgement;
      exchange.allow_body(parts_.bodies.open(
          judged.session ? judged.session->account() : std::string(), site_of(call.from.ip)));
    }
    co_await answer(parts_.endpoints, call);
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
  RequestContext& call = call_of(exchange);
  const std::chrono::nanoseconds took = parts_.clock.steady() - call.started;
  const PluginLabels who = call.labels();
  const RouteKind kind = call.judgement.target.kind;
  parts_.metrics.request(who, kind, status, call.first_byte.value_or(took));

  const bool by_plugin = call.judgement.target.needs.caller >= Needs::Caller::kPluginOptional &&
                         !call.judgement.plugin_id.empty() && kind != RouteKind::kBundle &&
                         kind != RouteKind::kStatic;
  if (call.judged_against) {
    parts_.metrics.denial(who, call.code);
    if (by_plugin && call.judgement.plugin != nullptr) {
      parts_.health.record_denial(who.tenant, who.plugin_id);
    }
    // A missing session or an unknown route is not a security event.
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
      parts_.audit.refusal(std::move(record), site_of(call.from.ip));
    }
  } else if (by_plugin && !who.version.empty()) {
    parts_.health.record(who.tenant, who.plugin_id, status, call.first_byte.value_or(took));
  }
  const LogLevel level = access_level(status);
  if (log_enabled(level)) log_members(level, access_line(call, status, bytes, complete, took));
}

}  // namespace portcullis::bff
