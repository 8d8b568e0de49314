// One request on its way through the gateway: what was asked, what was judged, and what the log
// will say. Made by the gateway, handed to one handler, read again when the answer is out.
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

struct RequestContext {
  RequestContext(HttpClient& by, Exchange& what, ServingStatePtr under)
      : client(by), exchange(what), serving(std::move(under)) {}

  HttpClient& client;  ///< of this thread
  Exchange& exchange;
  ServingStatePtr serving;
  Judgement judgement{};
  std::unique_ptr<Judging> judging{};  ///< while a store's answer is awaited
  ClientAddress from{};
  SteadyTime started{};

  // For the log.
  std::string method{};
  std::string traceparent{};
  Code code = Code::kAllowed;                            ///< the answer's, when it is a refusal
  bool judged_against = false;                           ///< refused by the order of judgement
  std::optional<std::chrono::nanoseconds> first_byte{};  ///< of a stream: its latency
  std::string upstream{};
  std::string note{};
  std::string tenant_id{};  ///< after let_go_of_serving_state()
  std::string version{};
  std::shared_ptr<void> stream{};  ///< that goes on after its handler returned
  std::string dropped{};           ///< request headers that did not pass to the upstream

  [[nodiscard]] const Snapshot& snapshot() const { return *serving->snapshot; }
  [[nodiscard]] const Tenant& tenant() const { return *judgement.tenant; }
  [[nodiscard]] const Session& session() const { return *judgement.session; }
  [[nodiscard]] std::string_view plugin_version() const {
    return judgement.plugin == nullptr ? std::string_view() : judgement.plugin->version();
  }
  [[nodiscard]] PluginLabels labels() const {
    return {judgement.tenant == nullptr ? std::string_view(tenant_id) : judgement.tenant->id,
            judgement.plugin_id,
            judgement.plugin == nullptr ? std::string_view(version) : judgement.plugin->version()};
  }
  /// For streams: they live long, and must not keep an old configuration alive. Everything that
  /// points into it is forgotten, but what the log needs.
  void let_go_of_serving_state() {
    tenant_id = judgement.tenant == nullptr ? std::string() : judgement.tenant->id;
    version = plugin_version();
    judgement.tenant = nullptr;
    judgement.plugin = nullptr;
    judgement.target.route = nullptr;
    serving.reset();
  }
  /// Subject id, "operator-token" or "".
  [[nodiscard]] std::string actor() const {
    if (judgement.by_token) return "operator-token";
    return judgement.session ? judgement.session->subject_id : std::string();
  }

  /// A problem with the request's id, plugin and tenant filled in; noted for the log.
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
  void refuse(Code why, std::string_view detail = {}, std::string_view extra = {}) {
    exchange.respond(problem(why, detail, extra));
  }
};
using RequestContextPtr = std::shared_ptr<RequestContext>;

}  // namespace portcullis::bff
