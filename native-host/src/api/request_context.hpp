// One request in the gateway: the request, its judgement, and what the log needs. Created by the
// gateway, passed to one handler, read again after the answer.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/serving_state.hpp"
#include "domain/metrics.hpp"
#include "enforce/judging.hpp"
#include "http/client_address.hpp"
#include "http/exchange.hpp"
#include "http/navigation.hpp"
#include "http/problem.hpp"

namespace portcullis::bff {

class HttpClient;

/// A place for one request's judging, used again for the next one's.
using JudgingPtr = std::unique_ptr<std::optional<Judging>>;

/// Used on one thread. Not copied.
struct RequestContext {
  RequestContext(HttpClient& by, Exchange& what, ServingStatePtr under)
      : client(by), exchange(what), serving(std::move(under)) {}

  HttpClient& client;  ///< the worker's client
  Exchange& exchange;
  ServingStatePtr serving;
  Judgement judgement{};
  JudgingPtr judging{};  ///< while a store's answer is awaited
  ClientAddress from{};
  SteadyTime started{};

  // For the log.
  std::string method{};
  std::string traceparent{};
  Code code = Code::kAllowed;   ///< the code of a refusal; kAllowed otherwise
  bool judged_against = false;  ///< refused by the order of judgement
  std::optional<std::chrono::nanoseconds> first_byte{};  ///< for streams: latency
  std::string upstream{};
  std::string note{};
  std::string tenant_id{};  ///< set by let_go_of_serving_state()
  std::string version{};
  std::shared_ptr<void> stream{};  ///< a stream that continues after its handler returned
  std::string dropped{};           ///< request headers not forwarded to the upstream

  /// The configuration this request uses.
  [[nodiscard]] const Snapshot& snapshot() const { return *serving->snapshot; }
  /// The tenant; judged.
  [[nodiscard]] const Tenant& tenant() const { return *judgement.tenant; }
  /// The session; judged.
  [[nodiscard]] const Session& session() const { return *judgement.session; }
  /// The running version of the calling plugin; empty without one.
  [[nodiscard]] std::string_view plugin_version() const {
    return judgement.plugin == nullptr ? std::string_view() : judgement.plugin->version();
  }
  /// Labels for metrics.
  [[nodiscard]] PluginLabels labels() const {
    return {judgement.tenant == nullptr ? std::string_view(tenant_id) : judgement.tenant->id,
            judgement.plugin_id,
            judgement.plugin == nullptr ? std::string_view(version) : judgement.plugin->version()};
  }
  /// Releases the configuration and all pointers into it, keeping what the log needs: a long-lived
  /// stream must not keep an old configuration alive.
  void let_go_of_serving_state() {
    tenant_id = judgement.tenant == nullptr ? std::string() : judgement.tenant->id;
    version = plugin_version();
    judgement.tenant = nullptr;
    judgement.plugin = nullptr;
    judgement.target.route = nullptr;
    serving.reset();
  }
  /// The acting subject id, "operator-token" or "".
  [[nodiscard]] std::string actor() const {
    if (judgement.by_token) return "operator-token";
    return judgement.session ? judgement.session->subject_id : std::string();
  }

  /// Builds a problem document with request id, plugin and tenant, and notes the code for the log.
  [[nodiscard]] Response problem(Code why, std::string_view detail = {},
                                 std::string_view extra = {}) {
    code = why;
    return problem_response(
        {.code = why,
         .detail = detail,
         .plugin_id = judgement.plugin_id,
         .tenant = judgement.tenant == nullptr ? std::string_view() : judgement.tenant->id,
         .request_id = exchange.request_id(),
         .explain = judgement.explain,
         .extra = extra},
        0, asks_for_page(exchange.request()) ? ProblemForm::kPage : ProblemForm::kDocument);
  }
  /// Responds with problem().
  void refuse(Code why, std::string_view detail = {}, std::string_view extra = {}) {
    exchange.respond(problem(why, detail, extra));
  }
};
using RequestContextPtr = std::shared_ptr<RequestContext>;

}  // namespace portcullis::bff
