// The embedded PDP on its own listener, as any AuthZEN 1.0 PDP: POST /access/v1/evaluation, POST
// /access/v1/evaluations, GET /.well-known/authzen-configuration. The request names the subject:
// anyone who can reach the listener is trusted. Search is out of scope.
#pragma once

#include <string>
#include <utility>

#include "api/serving_state.hpp"
#include "domain/blocking_work.hpp"
#include "domain/body_budget.hpp"
#include "http/service.hpp"

namespace portcullis::bff {

class PdpService final : public Service {
 public:
  struct Parts {
    const ServingStateCell& serving_states;
    BlockingWork& blocking;
    BodyBudget& bodies;
    std::string own_url;  ///< the bound URL, used in metadata if no other is known
  };
  explicit PdpService(Parts parts) : parts_(std::move(parts)), headers_(make_plain_headers()) {}

  bool serve_now(Exchange& exchange) override;
  boost::asio::awaitable<void> serve(Exchange& exchange) override;
  void refuse(Exchange& exchange, Code code, std::string_view detail) override;
  void done(Exchange& exchange, unsigned status, std::uint64_t bytes, bool complete) override;
  bool needs_host() const override { return false; }

 private:
  Parts parts_;
  const SecurityHeaders headers_;
};

}  // namespace portcullis::bff
