// The gateway: what the main listener serves. Judges each request, hands the allowed ones to their
// handler, answers the others, and writes log, metrics, health and audit when the answer is out.
//
// One per worker; it holds what belongs to that thread (upstream connections, the view of the
// configuration).
#pragma once

#include <memory>

#include "handlers/app.hpp"
#include "handlers/call.hpp"
#include "http/service.hpp"
#include "net/http_client.hpp"

namespace portcullis::bff {

class Gateway final : public Service {
 public:
  Gateway(App& app, Worker& worker);

  bool serve_now(Exchange& exchange) override;
  boost::asio::awaitable<void> serve(Exchange& exchange) override;
  void refuse(Exchange& exchange, Code code, std::string_view detail) override;
  void done(Exchange& exchange, unsigned status, std::uint64_t bytes, bool complete) override;

  HttpClient& client() noexcept { return client_; }

 private:
  CallPtr start(Exchange& exchange);
  bool dispatch_now(Call& call);
  boost::asio::awaitable<void> dispatch(Call& call);
  void deny(Call& call);

  App& app_;
  HttpClient client_;
  EditionReader reader_;
};

/// One line of the log about one request; the members of a JSON object.
[[nodiscard]] std::string access_line(const Call& call, unsigned status, std::uint64_t bytes,
                                      bool complete, std::chrono::nanoseconds took);

}  // namespace portcullis::bff
