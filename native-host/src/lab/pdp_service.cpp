#include "lab/pdp_service.hpp"

#include <exception>

#include "api/json_bodies.hpp"
#include "base/host_name.hpp"
#include "base/ip_address.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "domain/offload.hpp"
#include "http/client_address.hpp"
#include "http/negotiation.hpp"
#include "http/problem.hpp"
#include "lab/embedded_pdp.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace {

constexpr std::string_view kEvaluation = "/access/v1/evaluation";
constexpr std::string_view kEvaluations = "/access/v1/evaluations";
constexpr std::string_view kMetadata = "/.well-known/authzen-configuration";

Response problem(Exchange& exchange, Code code, std::string_view detail = {}) {
  return problem_response({.code = code, .detail = detail, .request_id = exchange.request_id()});
}

/// The URL under which the PDP was asked, if known: a PEP rejects metadata with another
/// policy_decision_point than it expects (AuthZEN 1.0, section 9.2.3), and the listener may be
/// bound to every address, or behind a proxy.
std::string base_url(Exchange& exchange, const ServingStateCell& serving_states,
                     const std::string& own_url) {
  const Request& request = exchange.request();
  const std::string_view host = request.single("host").value_or("");
  if (!normalize_host(host)) return own_url;
  const auto serving = serving_states.get();
  const Settings& settings = serving->snapshot->settings;
  const ClientAddress from =
      client_address(request, exchange.peer(), settings.trusted_proxies, settings.forwarded);
  return from.scheme + "://" + std::string(host);
}

}  // namespace

bool PdpService::serve_now(Exchange& exchange) {
  exchange.set_headers(headers_, nullptr);
  const Request& request = exchange.request();
  CanonicalPath path;
  const Code code = canonicalize(request.target, path);
  if (code != Code::kAllowed) {
    exchange.respond(problem(exchange, code));
    return true;
  }
  if (path.path() == kMetadata) {
    if (request.method != "GET" && request.method != "HEAD") {
      exchange.respond(problem(exchange, Code::kMethodNotAllowed).header("Allow", "GET, HEAD"));
    } else {
      exchange.respond(json_response(
          200, pdp_metadata(base_url(exchange, parts_.serving_states, parts_.own_url))));
    }
    return true;
  }
  if (path.path() != kEvaluation && path.path() != kEvaluations) {
    exchange.respond(problem(exchange, Code::kRouteNotFound));
    return true;
  }
  if (request.method != "POST") {
    exchange.respond(problem(exchange, Code::kMethodNotAllowed).header("Allow", "POST"));
    return true;
  }
  if (!is_json(request)) {
    // Not 415: AuthZEN 1.0 defines 400 for an invalid request (section 10.1.2), and PEPs test for
    // it.
    exchange.respond(problem_response(
        {.code = Code::kMediaTypeUnsupported, .request_id = exchange.request_id()}, 400));
    return true;
  }
  return false;
}

boost::asio::awaitable<void> PdpService::serve(Exchange& exchange) {
  try {
    CanonicalPath path;
    (void)canonicalize(exchange.request().target, path);
    const bool batch = path.path() == kEvaluations;
    std::string body;
    exchange.allow_body(parts_.bodies.open({}, site_of(exchange.peer())));
    const Code code = co_await exchange.read_body(body, limits::kMaxJsonBodyBytes);
    if (code != Code::kAllowed) co_return exchange.respond(problem(exchange, code));
    const auto serving = parts_.serving_states.get();  // keeps the policy alive during a reload
    const PdpPolicy& policy = *serving->snapshot->policy;
    const auto ask = [&] {
      return batch ? evaluate_batch(policy, body, {}) : evaluate(policy, body, {});
    };
    PdpAnswer answer;
    if (body.size() <= kReadAtOnceBytes) {
      answer = ask();
    } else {
      BlockingWork::Turn turn{BlockingWork::Lane::kHeavy, {}, "ip:" + site_of(exchange.peer())};
      auto done = co_await offload(parts_.blocking, std::move(turn), ask);
      if (!done) {
        co_return exchange.respond(problem(exchange, Code::kOverloaded, kTooManyBodies));
      }
      answer = std::move(*done);
    }
    if (answer.status != 200) {
      co_return exchange.respond(problem_response(
          {.code = answer.code, .detail = answer.detail, .request_id = exchange.request_id()},
          static_cast<unsigned>(answer.status)));
    }
    exchange.respond(json_response(200, std::move(answer.body)));
  } catch (const std::exception& error) {
    log_event(LogLevel::kError, "pdp_failed", error.what());
    exchange.respond(problem(exchange, Code::kInternal));
  }
}

void PdpService::refuse(Exchange& exchange, Code code, std::string_view detail) {
  exchange.set_headers(headers_, nullptr);
  exchange.respond(std::move(problem(exchange, code, detail)).close());
}

void PdpService::done(Exchange& exchange, unsigned status, std::uint64_t bytes, bool) {
  if (!log_enabled(LogLevel::kInfo)) return;
  std::string line;
  JsonObject object(line);
  object.text("event", "pdp_request")
      .text("request_id", exchange.request_id())
      .number("status", status)
      .number("bytes", static_cast<std::int64_t>(bytes))
      .text("remote_ip", exchange.peer());
  object.close();
  log_members(LogLevel::kInfo, std::string_view(line).substr(1, line.size() - 2));
}

}  // namespace portcullis::bff
