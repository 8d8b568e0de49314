// The operators' listener: /metrics, /healthz and /livez (the process runs), /readyz (it serves,
// and may get requests). Not for browsers, not for the internet: it has an address of its own.
#pragma once

#include "handlers/app.hpp"
#include "http/service.hpp"

namespace portcullis::bff {

class OpsService final : public Service {
 public:
  explicit OpsService(App& app) : app_(app), headers_(make_plain_headers()) {}

  bool serve_now(Exchange& exchange) override;
  boost::asio::awaitable<void> serve(Exchange& exchange) override;
  void refuse(Exchange& exchange, Code code, std::string_view detail) override;
  void done(Exchange&, unsigned, std::uint64_t, bool) override {}
  bool needs_host() const override { return false; }

 private:
  App& app_;
  const SecurityHeaders headers_;
};

}  // namespace portcullis::bff
