#include "adapters/pdp/pdp_client.hpp"

#include <gtest/gtest.h>

#include "adapters/prometheus/prometheus_metrics.hpp"
#include "portcullis/limits.hpp"
#include "run_io.hpp"
#include "scripted_upstream.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::Peer;
using testing::run;
using testing::ScriptedUpstream;

class PdpClient : public ::testing::Test {
 protected:
  PdpReply ask(std::uint16_t port, PdpCall call = PdpCall::kEvaluations,
               std::chrono::milliseconds timeout = 5s) {
    auto target = std::get<UpstreamTarget>(
        parse_upstream_url("pdp", "http://127.0.0.1:" + std::to_string(port)));
    target.timeout = target.connect_timeout = timeout;
    return run(context, ask_pdp(client, target, call, R"({"evaluations":[]})", "req-1"));
  }
  PdpReply answered(const std::string& bytes) {
    ScriptedUpstream pdp(context, [bytes](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.read(18);
      co_await peer.write(bytes);
      peer.close();
    });
    return ask(pdp.port());
  }

  asio::io_context context;
  PrometheusMetrics metrics{"1.0.0"};
  HttpClient client{context, &metrics};
};

TEST_F(PdpClient, SendsAuthZenRequests) {
  for (const auto call : {PdpCall::kEvaluation, PdpCall::kEvaluations}) {
    std::string head;
    std::string body;
    ScriptedUpstream pdp(context, [&](Peer& peer) -> asio::awaitable<void> {
      head = co_await peer.read_head();
      body = co_await peer.read(18);
      co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"evaluations\":[]}");
    });
    const PdpReply reply = ask(pdp.port(), call);
    const std::string path =
        call == PdpCall::kEvaluation ? "/access/v1/evaluation" : "/access/v1/evaluations";
    EXPECT_EQ(head.substr(0, head.find("Host:")), "POST " + path + " HTTP/1.1\r\n");
    EXPECT_NE(head.find("\r\nContent-Type: application/json\r\n"), std::string::npos);
    EXPECT_NE(head.find("\r\nX-Request-ID: req-1\r\n"), std::string::npos);
    EXPECT_EQ(body, R"({"evaluations":[]})");
    EXPECT_EQ(reply.code, Code::kAllowed);
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.body, R"({"evaluations":[]})");
  }
}

TEST_F(PdpClient, RejectsOtherStatuses) {
  for (const char* status : {"500 Oops", "401 No", "302 Found", "204 No Content", "201 Created"}) {
    const PdpReply reply =
        answered(std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(reply.code, Code::kPdpUnavailable) << status;
    EXPECT_NE(reply.status, 200U);
    EXPECT_NE(reply.detail, "");
  }
}

TEST_F(PdpClient, RejectsMalformedAnswers) {
  for (const std::string& bytes :
       {std::string(), std::string("garbage"), std::string("HTTP/1.1 200 OK\r\nContent-Len"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"decision\":true}"),
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(limits::kMaxAuthzenReplyBytes + 1) +
            "\r\n\r\n{"}) {
    const PdpReply reply = answered(bytes);
    EXPECT_EQ(reply.code, Code::kPdpUnavailable) << bytes;
    EXPECT_EQ(reply.body, "");
  }
}

TEST_F(PdpClient, IsUnavailableIfNothingListens) {
  EXPECT_EQ(ask(testing::closed_port(context)).code, Code::kPdpUnavailable);
}

TEST_F(PdpClient, TimesOut) {
  ScriptedUpstream pdp(context, [](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.write("HTTP/1.1 200 OK\r\n");
    co_await peer.closed();
  });
  EXPECT_EQ(ask(pdp.port(), PdpCall::kEvaluation, 20ms).code, Code::kPdpTimeout);
}

TEST_F(PdpClient, RepeatsRequestsOnStaleConnections) {
  ScriptedUpstream pdp(context, [](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    co_await peer.read(18);
    co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    if (peer.number() == 0) {
      co_await peer.read_head();
      peer.reset();
    }
  });
  EXPECT_EQ(ask(pdp.port()).code, Code::kAllowed);
  EXPECT_EQ(ask(pdp.port()).code, Code::kAllowed);
  EXPECT_EQ(pdp.connections(), 2U);
}

}  // namespace
}  // namespace portcullis::bff
