// The reverse proxy between a scripted upstream and a client in memory.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/prometheus/prometheus_metrics.hpp"
#include "fake_client.hpp"
#include "run_io.hpp"
#include "scripted_upstream.hpp"
#include "upstream/reverse_proxy.hpp"

namespace portcullis::bff::testing {

inline constexpr const char* kJson = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
inline constexpr const char* kEvents = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

class ReverseProxyFixture : public ::testing::Test {
 protected:
  ProxyResult forward_to(const UpstreamTarget& target, FakeClient& to) {
    request.fields = fields;
    ProxyControl own;
    return run(context, forward(http, to, request, target, own));
  }
  ProxyResult forward_to(const UpstreamTarget& target) { return forward_to(target, client); }

  /// An upstream that answers with these bytes in one write and closes.
  ProxyResult answered(const std::string& bytes) {
    ScriptedUpstream upstream(context, [bytes](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(bytes);
      peer.close();
    });
    return forward_to(upstream.target());
  }

  /// Starts a forward in the background.
  void start(UpstreamTarget target) {
    request.fields = fields;
    target_ = std::move(target);  // forward() keeps a reference to it
    asio::co_spawn(context, forward(http, client, request, target_, control),
                   [this](const std::exception_ptr&, ProxyResult what) { result = what; });
  }
  void until(const std::function<bool()>& done) { run_until(context, done); }
  ProxyResult finish() {
    until([&] { return result.has_value(); });
    return *result;
  }

  UpstreamTarget target_;
  asio::io_context context;
  PrometheusMetrics metrics{"1.0.0"};
  HttpClient http{context, &metrics};
  FakeClient client{context};
  std::vector<HeaderField> fields;
  ProxyRequest request = [] {
    ProxyRequest what;
    what.target = "/api/x";
    what.who.request_id = "r-1";
    return what;
  }();
  ProxyControl control;
  std::optional<ProxyResult> result;
};

}  // namespace portcullis::bff::testing
