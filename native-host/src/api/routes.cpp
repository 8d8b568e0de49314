#include <algorithm>

#include "api/route_endpoints.hpp"
#include "api/stream_gauge.hpp"
#include "base/ip_address.hpp"
#include "base/log.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace {

/// The judged host, with the port the client named.
std::string normalized_authority(const Request& request) {
  std::string out = request.host_name;
  const std::size_t colon = request.host.rfind(':');
  if (colon != request.host.npos && request.host.find(']', colon) == request.host.npos) {
    out.append(request.host.substr(colon));
  }
  return out;
}

ProxyRequest proxy_request(const RequestContext& call) {
  const Judgement& judgement = call.judgement;
  ProxyRequest out;
  out.method = boost::beast::http::string_to_verb(call.method);
  // The judged path, never the raw one.
  out.target = judgement.target.route->forwarded(judgement.path());
  if (judgement.has_query()) out.target.append("?").append(judgement.query());
  out.fields = call.exchange.request().fields;
  const RouteRule& rule = *judgement.target.route;
  out.forward_headers = rule.forward_headers;
  out.sse_route = rule.kind == RouteRule::Kind::kSse;
  out.may_stream = rule.kind == RouteRule::Kind::kStream;
  out.heartbeat = std::chrono::milliseconds(limits::kStreamHeartbeatMs);
  if (rule.strips(judgement.path())) out.who.prefix = rule.strip_prefix;
  out.who.tenant = judgement.tenant->id;
  out.who.user =
      judgement.session ? std::string_view(judgement.session->subject_id) : std::string_view();
  out.who.plugin_id = judgement.plugin_id;
  out.who.request_id = call.exchange.request_id();
  out.who.client_ip = call.from.ip;
  out.who.scheme = call.from.scheme;
  out.who.host = normalized_authority(call.exchange.request());
  return out;
}

/// Whether the upstream answered, as far as this call can tell. Once it sent a head it did,
/// whatever is wrong with the rest: one misconfigured route must not block the others.
std::optional<UpstreamOutcome> outcome_of(const ProxyResult& result) {
  if (result.status != 0) return UpstreamOutcome::kAnswered;
  switch (result.code) {
    case Code::kUpstreamUnavailable:
    case Code::kUpstreamTimeout:
    case Code::kUpstreamInvalid:
      return result.connected ? UpstreamOutcome::kNoAnswer : UpstreamOutcome::kUnreachable;
    default:
      return std::nullopt;  // ended by this side, or never sent
  }
}

/// The caller: an account, or an address if the route needs no session.
std::string caller_of(const RequestContext& call) {
  const auto& session = call.judgement.session;
  return session ? session->account() : "ip:" + site_of(call.from.ip);
}

}  // namespace

void RouteEndpoints::report(RequestContext& call, const UpstreamTarget& upstream,
                            const ProxyResult& result) {
  const std::optional<UpstreamOutcome> got = outcome_of(result);
  if (!got) return;
  const BreakerChange change =
      parts_.breakers.report(upstream.pool_key, caller_of(call), upstream.breaker, *got);
  if (change == BreakerChange::kNone) return;
  const bool open = change == BreakerChange::kOpened;
  parts_.metrics.upstream_circuit(upstream.name, open);
  log_event(open ? LogLevel::kWarning : LogLevel::kInfo,
            open ? "upstream_circuit_opened" : "upstream_circuit_closed", upstream.name);
}

boost::asio::awaitable<void> RouteEndpoints::route(RequestContext& call) {
  const RouteRule& rule = *call.judgement.target.route;
  if (!rule.fixture.empty()) {
    co_await parts_.fixtures.answer(call);
    co_return;
  }
  const auto upstream = call.snapshot().upstreams.find(rule.upstream);
  if (upstream == call.snapshot().upstreams.end()) {
    co_return call.refuse(Code::kUpstreamUnavailable);
  }
  call.upstream = rule.upstream;

  ProxyControl control;
  const bool sse = rule.kind == RouteRule::Kind::kSse;
  Quota full{};
  auto registration = parts_.streams.add(
      stream_info(call), call.exchange.executor(), [&control](Code why) { control.cancel(why); },
      stream_quotas(call), &full);
  if (!registration)
    co_return call.refuse(Code::kOverloaded,
                          too_many_open(full, rule.kind == RouteRule::Kind::kApi));
  const Code again = parts_.open_judge.judge(call);
  if (again != Code::kAllowed) co_return call.refuse(again);
  const UpstreamTarget& target = *upstream->second;
  const std::uint64_t wait = parts_.breakers.wait_s(target.pool_key, target.breaker);
  if (wait > 0) {
    Response response = call.problem(Code::kUpstreamCircuitOpen);
    response.header("Retry-After", std::to_string(wait));
    co_return call.exchange.respond(std::move(response));
  }

  std::optional<StreamGauge> counted;
  if (sse) counted.emplace(parts_.metrics, call.labels(), "plugin");
  // A named variable: GCC 12 moves a temporary in co_await's arguments bytewise.
  ProxyRequest request = proxy_request(call);
  const ProxyResult result = co_await forward(call.client, call.exchange.client_side(),
                                              std::move(request), target, control);
  report(call, target, result);
  if (!result.detail.empty()) call.note = result.detail;
  call.dropped = result.dropped;
  // A stream's duration says nothing about the upstream; the time to its head does.
  if (result.event_stream && result.head_after) call.first_byte = *result.head_after;
  call.code = result.code;
  if (result.code == Code::kAllowed || result.response_started) co_return;
  Response response = call.problem(result.code, result.advice);
  if (!result.dropped.empty()) response.header("X-Portcullis-Dropped", result.dropped);
  call.exchange.respond(std::move(response));
}

}  // namespace portcullis::bff
