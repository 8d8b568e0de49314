// The operators' listener: /metrics, /healthz and /livez (the process runs), /readyz (it accepts
// requests). Not for browsers or the internet; it has an address of its own.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "http/security_headers.hpp"
#include "http/service.hpp"

namespace portcullis::bff {

class OpsService final : public Service {
 public:
  /// `exposition` returns the text of /metrics, `ready` whether requests may be sent. Called on the
  /// listener's thread.
  struct Parts {
    std::function<std::string()> exposition;
    std::string_view exposition_type;
    std::function<bool()> ready;
  };
  explicit OpsService(Parts parts) : parts_(std::move(parts)), headers_(make_plain_headers()) {}

  bool serve_now(Exchange& exchange) override;
  boost::asio::awaitable<void> serve(Exchange& exchange) override;
  void refuse(Exchange& exchange, Code code, std::string_view detail) override;
  void done(Exchange&, unsigned, std::uint64_t, bool) override {}
  bool needs_host() const override { return false; }

 private:
  Parts parts_;
  const SecurityHeaders headers_;
};

}  // namespace portcullis::bff
