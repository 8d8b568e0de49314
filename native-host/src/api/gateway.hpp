// The service of the main listener: judges each request, passes allowed ones to their handler,
// answers the others, and records log, metrics, health and audit after the answer. One per worker;
// owns what belongs to that thread (upstream connections, its view of the configuration).
#pragma once

#include <memory>

#include "api/endpoint_table.hpp"
#include "api/request_context.hpp"
#include "base/log.hpp"
#include "domain/audit_log.hpp"
#include "domain/body_budget.hpp"
#include "domain/health.hpp"
#include "enforce/judging.hpp"
#include "http/service.hpp"
#include "http/worker.hpp"
#include "upstream/http_client.hpp"

namespace portcullis::bff {

/// See Service for the contract of the overridden members.
class Gateway final : public Service {
 public:
  struct Parts {
    const Clock& clock;
    const ServingStateCell& serving_states;
    SessionStore& sessions;
    const Quarantine& quarantine;
    RateLimiter& rates;
    OperatorToken& operator_token;
    PageKeys& page_keys;
    BodyBudget& bodies;
    Metrics& metrics;
    HealthBoard& health;
    AuditLog& audit;
    Endpoints& endpoints;
  };
  Gateway(const Parts& parts, Worker& worker);

  bool serve_now(Exchange& exchange) override;
  boost::asio::awaitable<void> serve(Exchange& exchange) override;
  void refuse(Exchange& exchange, Code code, std::string_view detail) override;
  void done(Exchange& exchange, unsigned status, std::uint64_t bytes, bool complete) override;

  /// The HTTP client of this worker.
  HttpClient& client() noexcept { return client_; }

 private:
  RequestContextPtr start(Exchange& exchange);
  void begin_judging(RequestContext& call);
  /// Takes over a complete judgement. True: the call was denied, and that is answered.
  bool denied(RequestContext& call, Judgement judgement);
  void deny(RequestContext& call);

  Parts parts_;
  HttpClient client_;
  ServingStateReader reader_;
  JudgingPtr spare_;  ///< empty; of the last request whose stores had everything at hand
};

/// The members of the JSON log line about one request.
[[nodiscard]] std::string access_line(const RequestContext& call, unsigned status,
                                      std::uint64_t bytes, bool complete,
                                      std::chrono::nanoseconds took);
/// The level of that line: error if the server or an upstream is at fault. An unknown method or
/// coding (501) and another version (505) are the client's mistakes.
[[nodiscard]] constexpr LogLevel access_level(unsigned status) noexcept {
  return status < 500 || status == 501 || status == 505 ? LogLevel::kInfo : LogLevel::kError;
}

}  // namespace portcullis::bff
