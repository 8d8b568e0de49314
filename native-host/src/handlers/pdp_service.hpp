// The embedded PDP on a listener of its own, as any AuthZEN 1.0 PDP: POST /access/v1/evaluation,
// POST /access/v1/evaluations, GET /.well-known/authzen-configuration. The request's subject counts
// here; whoever can reach the listener is trusted to name it. Search is out of scope.
#pragma once

#include "handlers/app.hpp"
#include "http/service.hpp"

namespace portcullis::bff {

class PdpService final : public Service {
 public:
  explicit PdpService(App& app) : app_(app), headers_(make_plain_headers()) {}

  bool serve_now(Exchange& exchange) override;
  boost::asio::awaitable<void> serve(Exchange& exchange) override;
  void refuse(Exchange& exchange, Code code, std::string_view detail) override;
  void done(Exchange& exchange, unsigned status, std::uint64_t bytes, bool complete) override;
  bool needs_host() const override { return false; }

 private:
  App& app_;
  const SecurityHeaders headers_;
};

}  // namespace portcullis::bff
