// The HTTP client with scripted upstreams.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>

#include "adapters/prometheus/prometheus_metrics.hpp"
#include "run_io.hpp"
#include "scripted_upstream.hpp"
#include "upstream/http_client.hpp"

namespace portcullis::bff::testing {

class HttpClientFixture : public ::testing::Test {
 protected:
  using Outcome = std::variant<IncomingResponse, UpstreamFailure>;

  Outcome get(const UpstreamTarget& target, OutgoingRequest request = {}) {
    return run(context, client.request(target, std::move(request)));
  }
  static OutgoingRequest post(std::string body) {
    OutgoingRequest request;
    request.method = HttpVerb::post;
    request.body = std::move(body);
    return request;
  }
  static std::string body_of(const Outcome& outcome) {
    const auto* failure = std::get_if<UpstreamFailure>(&outcome);
    return failure != nullptr ? std::string(name(failure->code)) + " " + failure->detail
                              : std::get<IncomingResponse>(outcome).body;
  }
  static Code code_of(const Outcome& outcome) {
    const auto* failure = std::get_if<UpstreamFailure>(&outcome);
    return failure != nullptr ? failure->code : Code::kAllowed;
  }
  /// Answers every connection with these bytes and closes it.
  Outcome answer(const std::string& bytes, OutgoingRequest request = {}) {
    ScriptedUpstream upstream(context, [bytes](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(bytes);
      peer.close();
    });
    return get(upstream.target(), std::move(request));
  }

  asio::io_context context;
  PrometheusMetrics metrics{"1.0.0"};
  HttpClient client{context, &metrics};
};

/// Serves keep-alive requests with the connection's number as body.
inline asio::awaitable<void> count(Peer& peer) {
  co_await peer.answer_all("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" +
                           std::to_string(peer.number()));
}

}  // namespace portcullis::bff::testing
